import { createHash, type Hash } from 'node:crypto'
import { resolve } from 'node:path'
import type { TracePlan, TraceSourcePlan } from '../arrival/load-plan.ts'
import type { TraceFacts } from '../arrival/process.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatDuration } from '../units/duration.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import { ArrivalFileWriter, InstantFacts } from './arrival-file.ts'
import type { ArrivalFileHeader } from './arrival-format.ts'
import { readArrivalHeader } from './arrival-header.ts'
import { readBlocks, readCounts } from './arrival-values.ts'
import { InstantSorter } from './instant-sorter.ts'
import { readLines } from './read-lines.ts'
import { createRowFormat, MissingColumn, type RowFormat, type RowMeaning } from './row-format.ts'

/** A trace that has been read: a file of arrivals, and what was noticed on the way. */
export interface PreparedTrace {
  readonly path: string
  readonly header: ArrivalFileHeader
  /** SHA-256 of the files that it was read from, hexadecimal, in their order. */
  readonly sources: readonly { readonly file: string; readonly sha256: string }[]
  readonly badRows: BadRows
  /** Rows that came before their predecessor, and have been sorted. */
  readonly outOfOrder: number
}

export interface BadRows {
  readonly count: number
  /** Of the first one: its file and line, and what is wrong with it. */
  readonly first: { readonly file: string; readonly line: number; readonly problem: string } | null
}

export interface PrepareTraceOptions {
  /** Relative files start here. */
  readonly root: string
  /** Where the file of arrivals is written; scratch files lie beside it. */
  readonly path: string
  readonly signal?: AbortSignal
}

/** After so many bad rows a strict reading gives up: another column or unit is meant. */
const MOST_BAD_ROWS = 1000
/** Counts that are held in memory: two years of minutes. */
const MOST_COUNTS = 1_051_200
/** A trace that lasts longer has a wrong unit. */
const LONGEST: Nanos = 100 * 365 * 86_400 * SECOND

/**
 * Reads the files of a trace, of any length in bounded memory, and writes its arrivals to one file: sorted, from its
 * first arrival on, and only the part that is asked for.
 * @throws {ServebenchError} `SERVEBENCH_TRACE` when they cannot be read, hold bad rows that are not to be skipped, or nothing
 */
export async function prepareTrace(plan: TracePlan, options: PrepareTraceOptions): Promise<PreparedTrace> {
  const { source } = plan
  return source.format === 'arrivals' ? prepareSaved(plan, options) : await prepareRows(plan, source, options)
}

async function prepareRows(
  plan: TracePlan,
  source: Exclude<TraceSourcePlan, { readonly format: 'arrivals' }>,
  options: PrepareTraceOptions,
): Promise<PreparedTrace> {
  using sorter = new InstantSorter(options.path)
  const counts: number[] = []
  const bad = new BadRowCounter(plan)
  const sources: { readonly file: string; readonly sha256: string }[] = []
  let every: Nanos | undefined
  let base: number | null = null
  let fileStart = 0
  for (const file of plan.files) {
    const format = createRowFormat(source)
    every = format.every
    const addCounts = (meaning: Exclude<RowMeaning, null>): void => {
      if ('counts' in meaning) {
        for (let index = 0; index < meaning.counts.length; index++) {
          counts[fileStart + index] = (counts[fileStart + index] ?? 0) + (meaning.counts[index] as number)
        }
      } else if ('count' in meaning) counts.push(meaning.count)
      if (counts.length > MOST_COUNTS) throw tooManyCounts(plan)
    }
    const { sha256 } = await readLines(
      resolve(options.root, file),
      (line, number) => {
        const meaning = readRow(format, line, number, file)
        if (typeof meaning === 'string') bad.add(file, number, meaning)
        else if (meaning === null) return
        else if ('instant' in meaning) {
          base ??= meaning.instant.seconds
          sorter.add((meaning.instant.seconds - base) * SECOND + meaning.instant.nanos)
        } else addCounts(meaning)
      },
      options.signal,
    )
    sources.push({ file, sha256 })
    if (format.fileLength !== undefined && every !== undefined) fileStart += format.fileLength / every
  }
  bad.judge()
  const made = sources
    .map(({ file, sha256 }) => `${file} ${sha256.slice(0, 12)}`)
    .join(', ')
    .slice(0, 1000)
  const header =
    every === undefined
      ? writeInstants(plan, fromFirst(sorter.sorted()), options, made)
      : writeCounts(plan, counts, every, options, made)
  return { path: options.path, header, sources, badRows: bad.result, outOfOrder: sorter.outOfOrder }
}

function readRow(format: RowFormat, line: string, number: number, file: string): RowMeaning | string {
  try {
    return format.row(line, number)
  } catch (error) {
    if (!(error instanceof MissingColumn)) throw error
    throw new ServebenchError('SERVEBENCH_TRACE', `The trace ${file} ${error.message}.`, {
      advice: 'Check `format` and `columns` of the trace, and its first line.',
    })
  }
}

/** A saved plan is looked through once, and used where it is unless a part of it is asked for. */
function prepareSaved(plan: TracePlan, options: PrepareTraceOptions): PreparedTrace {
  const [file] = plan.files as readonly [string]
  const path = resolve(options.root, file)
  const header = readArrivalHeader(path)
  const hash = createHash('sha256')
  const isWhole = plan.from === 0 && plan.until === null
  let used = header
  if (header.kind === 'counts') {
    const counts = readCounts(path, header, hash)
    checkCounts(counts, file)
    if (!isWhole) used = writeCounts(plan, counts, header.every as Nanos, options, file)
  } else {
    const instants = savedInstants(path, header, hash, file)
    if (isWhole) for (const _ of instants);
    else used = writeInstants(plan, instants, options, file)
  }
  if (header.arrivals === 0) throw nothing(plan)
  const sha256 = hash.digest('hex')
  // A part is not read to its end.
  if (isWhole && sha256 !== header.sha256) throw changed(file)
  const sources = [{ file, sha256: header.sha256 }]
  return { path: isWhole ? path : options.path, header: used, sources, badRows: NO_BAD_ROWS, outOfOrder: 0 }
}

/** The instants of a file, looked at: somebody may have written it by hand. */
function* savedInstants(path: string, header: ArrivalFileHeader, hash: Hash, file: string): Generator<Nanos> {
  let last = 0
  let number = 0
  for (const block of readBlocks(path, header.values)) {
    hash.update(block)
    for (const instant of block) {
      number += 1
      if (!(instant >= last && instant < LONGEST)) {
        throw new ServebenchError(
          'SERVEBENCH_TRACE',
          `Arrival ${number} of ${file} is at ${instant} ns, after one at ${last} ns.`,
          { advice: 'Instants must not be negative, decrease, or be absurd; save the plan again.' },
        )
      }
      yield instant
      last = instant
    }
  }
}

function* fromFirst(instants: Iterable<Nanos>): Generator<Nanos> {
  let first: Nanos | null = null
  for (const instant of instants) {
    first ??= instant
    yield instant - first
  }
}

function writeInstants(
  plan: TracePlan,
  instants: Iterable<Nanos>,
  { path }: PrepareTraceOptions,
  made: string,
): ArrivalFileHeader {
  using writer = new ArrivalFileWriter(path)
  const facts = new InstantFacts()
  const from = plan.from
  const until = plan.until ?? Infinity
  for (const at of instants) {
    if (at > LONGEST) throw tooLong(plan, at)
    if (at < from) continue
    if (at >= until) break
    facts.add(at - from)
    writer.add(at - from)
  }
  if (facts.arrivals === 0) throw nothing(plan)
  return writer.finish({ kind: 'instants', ...facts.facts, made })
}

function writeCounts(
  plan: TracePlan,
  counts: ArrayLike<number>,
  every: Nanos,
  { path }: PrepareTraceOptions,
  made: string,
): ArrivalFileHeader {
  if (plan.from % every !== 0 || (plan.until !== null && plan.until % every !== 0)) {
    throw new ServebenchError(
      'SERVEBENCH_TRACE',
      `The trace counts arrivals per ${formatDuration(every)}: its part has to begin and end at a multiple of that.`,
      { advice: 'Change `from` and `length` of the trace.' },
    )
  }
  const start = plan.from / every
  const end = Math.min(counts.length, plan.until === null ? counts.length : plan.until / every)
  using writer = new ArrivalFileWriter(path)
  let arrivals = 0
  let most = 0
  for (let index = start; index < end; index++) {
    const count = counts[index] ?? 0
    arrivals += count
    most = Math.max(most, count)
    writer.add(count)
  }
  if (arrivals === 0) throw nothing(plan)
  const facts: TraceFacts = { arrivals, length: (end - start) * every, peak: (most * SECOND) / every }
  return writer.finish({ kind: 'counts', every, ...facts, made })
}

function checkCounts(counts: Float64Array, file: string): void {
  const wrong = counts.findIndex((count) => !(count >= 0 && count < Infinity))
  if (wrong < 0) return
  throw new ServebenchError('SERVEBENCH_TRACE', `Count ${wrong + 1} of ${file} is ${counts[wrong]}.`, {
    advice: 'Counts are numbers of at least 0; save the plan again.',
  })
}

function changed(file: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_TRACE', `The content of ${file} does not match its hash.`, {
    advice: 'It was changed or damaged after it had been saved; save the plan again.',
  })
}

const NO_BAD_ROWS: BadRows = { count: 0, first: null }

class BadRowCounter {
  readonly #plan: TracePlan
  #count = 0
  #first: BadRows['first'] = null

  constructor(plan: TracePlan) {
    this.#plan = plan
  }

  get result(): BadRows {
    return { count: this.#count, first: this.#first }
  }

  add(file: string, line: number, problem: string): void {
    this.#count += 1
    this.#first ??= { file, line, problem }
    if (this.#plan.badRows === 'strict' && this.#count >= MOST_BAD_ROWS) this.judge()
  }

  /** @throws {ServebenchError} `SERVEBENCH_TRACE` when there are bad rows and none may be skipped */
  judge(): void {
    if (this.#first === null || this.#plan.badRows === 'skip') return
    const { file, line, problem } = this.#first
    const count =
      this.#count === 1
        ? 'one bad row'
        : `${this.#count >= MOST_BAD_ROWS ? 'at least ' : ''}${this.#count} bad rows`
    throw new ServebenchError(
      'SERVEBENCH_TRACE',
      `The trace has ${count}; the first is line ${line} of ${file}: ${problem.startsWith("'") ? problem : `it ${problem}`}.`,
      { advice: "Mend the file, or set badRows: 'skip' to leave such rows out and have them counted." },
    )
  }
}

function nothing({ files, from, until }: TracePlan): ServebenchError {
  const part = from === 0 && until === null ? '' : ' in the part that is asked for'
  return new ServebenchError('SERVEBENCH_TRACE', `The trace ${files.join(', ')} holds no arrival${part}.`, {
    advice: 'Check `where`, `from` and `length` of the trace, and that the file is not empty.',
  })
}

function tooLong({ files }: TracePlan, length: Nanos): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_TRACE',
    `The trace ${files.join(', ')} would last for ${Math.round(length / SECOND / 86_400)} days.`,
    { advice: 'Its unit may be another one: s, ms, us or ns.' },
  )
}

function tooManyCounts({ files }: TracePlan): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_TRACE',
    `The trace ${files.join(', ')} has more than ${MOST_COUNTS} counts, one per row.`,
    { advice: 'If its rows are arrivals, name their instants: columns: { at, unit }.' },
  )
}
