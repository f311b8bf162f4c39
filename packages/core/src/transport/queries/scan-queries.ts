import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { messageOf } from '../../errors/plugin-error.ts'
import { ValidationError, type Problem } from '../../errors/validation-error.ts'
import type { QueryDeal, QueryLines, QueryPart, QueryPlan } from './query-plan.ts'
import { QueryReader } from './query-reader.ts'

export interface QueryScanOptions {
  /** What relative paths start from. */
  readonly root: string
  /** A path; `%d` or `%03d` in it is the number of a client, from 0. */
  readonly file: string
  readonly lines: QueryLines
  readonly deal: QueryDeal
  /** Of a closed loop; `null` in an open one. */
  readonly clients: number | null
  /** Where to begin in each file, in bytes: with the first line that begins there or later. */
  readonly offset: number
  readonly maxLine: number
  readonly badLines: 'strict' | 'skip'
  readonly append: string
  readonly base64: boolean
}

/** What one query file has. */
export interface QueryFile {
  /** As written, with the client's number. */
  readonly file: string
  /** From the offset on. */
  readonly bytes: number
  readonly sha256: string
  readonly queries: number
  /** Lines, or pairs of path and body, that cannot be sent and are left out. */
  readonly skipped: number
  /** The first of them. */
  readonly firstSkipped: { readonly line: number; readonly problem: string } | null
}

export interface QueryScan {
  readonly plan: QueryPlan
  /** Queries of each part of the plan. */
  readonly counts: readonly number[]
  readonly files: readonly QueryFile[]
}

const BLOCK = 1024 * 1024
/** The thread that scans has other work too: it looks up after so many queries. */
const BREATH = 20_000
/** Bad lines that are named of one file, and problems of all files. */
const MOST_LINES = 5
const MOST_PROBLEMS = 12
const MOST_FILES = 10_000
const PATTERN = /%(?:0?(\d{1,2}))?d/

const scanned = new Map<string, Promise<FileScan>>()

/**
 * Reads query files through once, before the load: what can be sent, how much there is, and what each client gets. It
 * takes about a second for 300 MB and no more memory than a block and the longest query; a file that has not changed is
 * not read again by the same thread.
 * @throws {ValidationError} with all that is wrong with the files
 */
export async function scanQueries(options: QueryScanOptions): Promise<QueryScan> {
  const problems: Problem[] = []
  const names = fileNames(options, problems)
  const scans: (FileScan & { readonly name: string })[] = []
  for (const name of names) {
    const scan = await scanFile(name, options)
    problems.push(...scan.problems.map((message) => ({ path: name, message })))
    scans.push({ ...scan, name })
  }
  if (problems.length > 0) throw new ValidationError('The input', shorten(problems))
  const { lines, append, maxLine, base64 } = options
  const all = scans.flatMap(({ parts }) => parts)
  // Clients that replay the same whole file have equal parts.
  const copies = options.deal === 'each' && names.length === 1 ? (options.clients ?? 1) : 1
  const dealt = copies > 1 ? Array.from({ length: copies }, () => all[0] as CountedPart) : all
  return {
    plan: {
      lines,
      parts: dealt.map(({ path, from, until }) => ({ path, from, until })),
      append,
      maxLine,
      base64,
    },
    counts: dealt.map(({ queries }) => queries),
    files: scans.map(({ name, ...scan }) => ({
      file: name,
      bytes: scan.bytes,
      sha256: scan.sha256,
      queries: scan.parts.reduce((sum, { queries }) => sum + queries, 0),
      skipped: scan.skipped,
      firstSkipped: scan.firstSkipped,
    })),
  }
}

function fileNames({ file, deal, clients }: QueryScanOptions, problems: Problem[]): string[] {
  const numbered = PATTERN.test(file)
  if (clients === null && (numbered || deal !== 'shared')) {
    problems.push({
      path: file,
      message:
        'files or parts of clients need clients: use closed({ concurrency }), or one file that is shared.',
    })
    return []
  }
  if (!numbered) return [file]
  if ((clients as number) > MOST_FILES) {
    problems.push({ path: file, message: `${clients} clients with a file each are too many.` })
    return []
  }
  return Array.from({ length: clients as number }, (_, client) =>
    file.replace(PATTERN, (_match, width?: string) => String(client).padStart(Number(width ?? 0), '0')),
  )
}

interface CountedPart extends QueryPart {
  queries: number
}
interface FileScan {
  readonly parts: readonly CountedPart[]
  readonly bytes: number
  readonly sha256: string
  readonly skipped: number
  readonly firstSkipped: QueryFile['firstSkipped']
  readonly problems: readonly string[]
}

async function scanFile(name: string, options: QueryScanOptions): Promise<FileScan> {
  const path = resolve(options.root, name)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    return failed(unreadable(error))
  }
  try {
    const { size, mtimeMs, ino } = fstatSync(file)
    const { lines, deal, clients, offset, maxLine, badLines, base64 } = options
    const parts = deal === 'split' ? clients : 1
    const key = JSON.stringify([path, size, mtimeMs, ino, lines, parts, offset, maxLine, badLines, base64])
    let scan = scanned.get(key)
    if (scan === undefined) {
      scan = readThrough(file, path, size, options)
      scanned.set(key, scan)
    }
    return await scan
  } catch (error) {
    return failed(unreadable(error))
  } finally {
    closeSync(file)
  }
}

async function readThrough(
  file: number,
  path: string,
  size: number,
  options: QueryScanOptions,
): Promise<FileScan> {
  if (!fstatSync(file).isFile()) return failed('is not a file.')
  if (size === 0) return failed('is empty.')
  if (isGzip(file)) return failed('is compressed: unpack it, so that clients can begin anywhere in it.')
  const from = lineAfter(file, options.offset, size)
  if (from >= size) return failed(`has ${size} bytes: no line begins at ${options.offset} or later.`)
  const parts = divide(file, path, from, size, options)
  const hash = createHash('sha256')
  const problems: string[] = []
  let skipped = 0
  let firstSkipped: QueryFile['firstSkipped'] = null
  const reader = new QueryReader({
    ...options,
    file,
    from,
    until: size,
    block: BLOCK,
    onBytes: (bytes) => void hash.update(bytes),
    onBad(line, problem) {
      skipped += 1
      firstSkipped ??= { line, problem }
      if (options.badLines === 'strict' && problems.length < MOST_LINES)
        problems.push(`line ${line}${from > 0 ? ` from byte ${from}` : ''} ${problem}.`)
    },
  })
  let part = 0
  let queries = 0
  while (reader.next()) {
    while (reader.position >= (parts[part] as CountedPart).until) part += 1
    ;(parts[part] as CountedPart).queries += 1
    queries += 1
    if (queries % BREATH === 0) await setImmediate()
  }
  if (problems.length > 0 && skipped > problems.length)
    problems.push(`${skipped} lines in all cannot be sent, and ${queries} can.`)
  if (queries === 0 && problems.length === 0) problems.push('has no query that can be sent.')
  const empty = parts.findIndex((one) => one.queries === 0)
  if (empty !== -1 && queries > 0 && problems.length === 0)
    problems.push(`has ${queries} queries: client ${empty} of ${parts.length} gets none of them.`)
  return { parts, bytes: size - from, sha256: hash.digest('hex'), skipped, firstSkipped, problems }
}

/** The parts of a file: one, or with `split` one for each client, divided as fbench does it. */
function divide(
  file: number,
  path: string,
  from: number,
  until: number,
  { deal, clients }: QueryScanOptions,
): CountedPart[] {
  const count = deal === 'split' ? (clients ?? 1) : 1
  const each = Math.floor((until - from) / count)
  const starts = [from]
  for (let client = 1; client < count; client++) {
    const start = Math.max(from + client * each, starts[client - 1] as number)
    starts.push(lineAfter(file, start + 1, until))
  }
  return starts.map((start, client) => ({
    path,
    from: start,
    until: starts[client + 1] ?? until,
    queries: 0,
  }))
}

/** Where the first line begins that does not begin before `position`; `size` when there is none. */
function lineAfter(file: number, position: number, size: number): number {
  if (position === 0) return 0
  const block = Buffer.allocUnsafe(65_536)
  for (let at = position - 1; at < size;) {
    const read = readSync(file, block, 0, block.length, at)
    if (read === 0) break
    const newline = block.subarray(0, read).indexOf(10)
    if (newline !== -1) return at + newline + 1
    at += read
  }
  return size
}

function isGzip(file: number): boolean {
  const magic = Buffer.alloc(2)
  return readSync(file, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b
}

function failed(problem: string): FileScan {
  return { parts: [], bytes: 0, sha256: '', skipped: 0, firstSkipped: null, problems: [problem] }
}

function unreadable(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'does not exist; paths start from the folder of the project.'
    case 'EACCES':
      return 'may not be read by this user.'
    case 'EISDIR':
      return 'is a folder.'
    default:
      return `cannot be read: ${messageOf(error)}.`
  }
}

function shorten(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MOST_PROBLEMS) return problems
  const rest = problems.length - MOST_PROBLEMS
  return [
    ...problems.slice(0, MOST_PROBLEMS),
    { path: '…', message: `${rest} further problem${rest === 1 ? '' : 's'}.` },
  ]
}
