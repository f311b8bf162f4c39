import { createHash } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { ValidationError, type Problem } from '../../errors/validation-error.ts'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { scanQueries, type QueryScanOptions } from './scan-queries.ts'

let project: TemporaryProject | null = null
afterEach(() => {
  project?.[Symbol.dispose]()
  project = null
})

async function scan(
  files: Readonly<Record<string, string>>,
  options: Partial<QueryScanOptions> = {},
): ReturnType<typeof scanQueries> {
  project ??= temporaryProject()
  project.write(files)
  return await scanQueries({
    root: project.root,
    file: 'queries.txt',
    lines: 'url',
    deal: 'shared',
    clients: 4,
    offset: 0,
    maxLine: 1024,
    badLines: 'strict',
    append: '',
    base64: false,
    ...options,
  })
}

async function problemsOf(
  files: Readonly<Record<string, string>>,
  options: Partial<QueryScanOptions> = {},
): Promise<string[]> {
  const error: unknown = await scan(files, options).catch((thrown: unknown) => thrown)
  if (!(error instanceof ValidationError)) throw new Error('There was no problem.')
  return error.problems.map(({ path, message }: Problem) => `${path}: ${message}`)
}

const HUNDRED = Array.from({ length: 100 }, (_, index) => `/${index}\n`).join('')

describe('scanQueries', () => {
  it('counts what one file has for all clients', async () => {
    const { plan, counts, files } = await scan({ 'queries.txt': HUNDRED })
    expect(counts).toEqual([100])
    expect(plan.parts).toEqual([{ path: project?.path('queries.txt'), from: 0, until: HUNDRED.length }])
    expect(files).toEqual([
      {
        file: 'queries.txt',
        bytes: HUNDRED.length,
        sha256: createHash('sha256').update(HUNDRED).digest('hex'),
        queries: 100,
        skipped: 0,
        firstSkipped: null,
      },
    ])
  })

  it.each([2, 3, 7, 99])('splits a file as fbench does, for %d clients', async (clients) => {
    const rows = Array.from({ length: 200 }, (_, index) => `/${'x'.repeat((index * 7) % 31)}${index}\n`)
    const content = rows.join('')
    const { plan, counts } = await scan({ 'queries.txt': content }, { deal: 'split', clients })
    // fbench.cpp: std::max(i * perClient, previous), then on to the line after the next newline.
    const offsets = [0]
    for (let client = 1; client < clients; client++) {
      const start = Math.max(client * Math.floor(content.length / clients), offsets.at(-1) as number)
      offsets.push(content.indexOf('\n', start) + 1)
    }
    offsets.push(content.length)
    expect(plan.parts.map(({ from }) => from)).toEqual(offsets.slice(0, -1))
    expect(plan.parts.map(({ until }) => until)).toEqual(offsets.slice(1))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200)
    expect(counts).toEqual(
      offsets.slice(1).map((until, client) => content.slice(offsets[client], until).split('\n').length - 1),
    )
  })

  it('gives each client a file, or the whole file', async () => {
    const own = await scan(
      { 'q000.txt': '/a\n', 'q001.txt': '/b\n/c\n' },
      { file: 'q%03d.txt', deal: 'each', clients: 2 },
    )
    expect(own.counts).toEqual([1, 2])
    expect(own.files.map(({ file }) => file)).toEqual(['q000.txt', 'q001.txt'])
    const same = await scan({ 'queries.txt': HUNDRED }, { deal: 'each', clients: 3 })
    expect(same.counts).toEqual([100, 100, 100])
    expect(same.files).toHaveLength(1)
  })

  it('begins with the first line at an offset or later', async () => {
    const content = '/aaaa\n/bbbb\n/cccc\n'
    for (const [offset, from] of [
      [1, 6],
      [5, 6],
      [6, 6],
      [7, 12],
    ] as const) {
      const { plan } = await scan({ 'queries.txt': content }, { offset })
      expect(plan.parts[0]?.from).toBe(from)
    }
    expect(await problemsOf({ 'queries.txt': content }, { offset: 13 })).toEqual([
      'queries.txt: has 18 bytes: no line begins at 13 or later.',
    ])
    expect(await problemsOf({ 'queries.txt': content }, { offset: 1e12 })).toHaveLength(1)
  })

  it('reports all that is wrong, with line numbers', async () => {
    expect(await problemsOf({ 'queries.txt': `/a\nb\n/c d\n${'/x'.repeat(600)}\n/e\n` })).toEqual([
      "queries.txt: line 2 does not begin with '/'.",
      'queries.txt: line 3 has a space in column 3: percent-encode it.',
      'queries.txt: line 4 is not shorter than 1.00 KiB.',
    ])
    const many = await problemsOf({ 'queries.txt': 'bad\n'.repeat(500) })
    expect(many).toHaveLength(6)
    expect(many[5]).toBe('queries.txt: 500 lines in all cannot be sent, and 0 can.')
    const none = await problemsOf({}, { file: 'q%d.txt', deal: 'each', clients: 30 })
    expect(none).toHaveLength(13)
    expect(none[12]).toBe('…: 18 further problems.')
  })

  it('reports files that are not there for their clients, all at once', async () => {
    expect(
      await problemsOf({ 'q0.txt': '/a\n', 'q2.txt': '' }, { file: 'q%d.txt', deal: 'each', clients: 4 }),
    ).toEqual([
      'q1.txt: does not exist; paths start from the folder of the project.',
      'q2.txt: is empty.',
      'q3.txt: does not exist; paths start from the folder of the project.',
    ])
  })

  it.each([
    ['nothing but line ends', '\n\r\n\n', 'queries.txt: has no query that can be sent.'],
    ['too few for the clients', '/a\n/b\n', 'queries.txt: has 2 queries: client 2 of 4 gets none of them.'],
    [
      'compressed text',
      '\x1f\x8b\b\0',
      'queries.txt: is compressed: unpack it, so that clients can begin anywhere in it.',
    ],
  ])('refuses %s', async (_name, content, problem) => {
    project = temporaryProject()
    writeFileSync(project.path('queries.txt'), content, 'latin1')
    expect(await problemsOf({}, { deal: 'split' })).toEqual([problem])
  })

  it('refuses folders, unreadable files, and clients in an open loop', async () => {
    expect(await problemsOf({ 'folder/a.txt': '/a\n' }, { file: 'folder' })).toEqual([
      'folder: is not a file.',
    ])
    if (process.getuid?.() !== 0) {
      await scan({ 'locked.txt': '/a\n' }, { file: 'locked.txt' })
      chmodSync(project?.path('locked.txt') as string, 0)
      expect(await problemsOf({}, { file: 'locked.txt' })).toEqual([
        'locked.txt: may not be read by this user.',
      ])
    }
    for (const deal of ['split', 'each'] as const) {
      expect(await problemsOf({ 'queries.txt': '/a\n' }, { deal, clients: null })).toHaveLength(1)
    }
    expect((await scan({ 'queries.txt': '/a\n' }, { clients: null })).counts).toEqual([1])
  })

  it('leaves out what cannot be sent when it may', async () => {
    const { counts, files } = await scan({ 'queries.txt': '/a\nb\n/c\nd\n' }, { badLines: 'skip' })
    expect(counts).toEqual([2])
    expect(files[0]).toMatchObject({
      skipped: 2,
      firstSkipped: { line: 2, problem: "does not begin with '/'" },
    })
  })

  it('reads a file again once it has changed', async () => {
    expect((await scan({ 'queries.txt': '/a\n' })).counts).toEqual([1])
    expect((await scan({ 'queries.txt': '/a\n/b\n' })).counts).toEqual([2])
  })
})
