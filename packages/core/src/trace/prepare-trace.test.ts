import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { planLoad } from '../dsl/loads/definitions.ts'
import { replay, trace, type TraceOptions } from '../dsl/loads/trace.ts'
import { Problems } from '../dsl/problems.ts'
import type { TracePlan } from '../arrival/load-plan.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { SECOND } from '../units/nanos.ts'
import { HEADER_BYTES } from './arrival-format.ts'
import { readBlocks } from './arrival-values.ts'
import { prepareTrace, type PreparedTrace } from './prepare-trace.ts'

function planOf(load: unknown): TracePlan {
  const problems = new Problems()
  const planned = planLoad(load, 'load', problems)
  expect(problems.errors).toEqual([])
  return (planned as { plan: { process: TracePlan } }).plan.process
}

async function prepared(
  project: TemporaryProject,
  load: ReturnType<typeof trace | typeof replay>,
): Promise<PreparedTrace & { readonly values: number[] }> {
  const plan = planOf(load)
  const result = await prepareTrace(plan, { root: project.root, path: project.path('out.arrivals') })
  const values: number[] = []
  for (const block of readBlocks(result.path, result.header.values)) values.push(...block)
  return { ...result, values }
}

async function problemOf(
  load: ReturnType<typeof trace | typeof replay>,
  files: Record<string, string> = {},
): Promise<string> {
  using project = temporaryProject(files)
  const before = readdirSync(project.root)
  try {
    await prepared(project, load)
  } catch (error) {
    expect(error).toBeInstanceOf(ServebenchError)
    expect((error as ServebenchError).code).toBe('SERVEBENCH_TRACE')
    expect((error as ServebenchError).advice).not.toBe(undefined)
    // Nothing half-written stays behind.
    expect(readdirSync(project.root)).toEqual(before)
    return (error as Error).message
  }
  throw new Error('The trace was read.')
}

type WithoutFile<Options> = Options extends unknown ? Omit<Options, 'file'> : never
type OptionsOf = WithoutFile<TraceOptions>

const read = async (text: string, options: OptionsOf): Promise<PreparedTrace & { values: number[] }> => {
  using project = temporaryProject({ 'trace.txt': text })
  return await prepared(project, trace({ file: 'trace.txt', ...options } as TraceOptions))
}

describe('published formats', () => {
  it('azure-llm: 100 ns are kept, the first arrival is at 0', async () => {
    const { values, header, sources } = await read(
      `TIMESTAMP,ContextTokens,GeneratedTokens\r
2023-11-16 18:15:46.6805900,374,44\r
2023-11-16 18:15:46.6805901,396,109\r
2023-11-16 18:16:00.0000000,879,55\r
`,
      { format: 'azure-llm' },
    )
    expect(values).toEqual([0, 100, 13_319_410_000])
    expect(header).toMatchObject({ kind: 'instants', arrivals: 3, length: 13_319_410_000, peak: 2 })
    expect(sources).toMatchObject([{ file: 'trace.txt' }])
  })

  it('azure-functions-2021: start is end − duration, sorted', async () => {
    const { values, outOfOrder } = await read(
      `app,func,end_timestamp,duration
a,f,10.5,0.25
a,g,11,10.75
b,f,12,0.5
`,
      { format: 'azure-functions-2021' },
    )
    expect(values).toEqual([0, 10 * SECOND, 11.25 * SECOND])
    expect(outOfOrder).toBe(1)
  })

  it('azure-functions-2021: only rows that are asked for', async () => {
    const { values } = await read('app,func,end_timestamp,duration\na,f,1,0\nb,f,2,0\na,g,3,0\na,f,5,0\n', {
      format: 'azure-functions-2021',
      where: { app: 'a', func: 'f' },
    })
    expect(values).toEqual([0, 4 * SECOND])
  })

  it('burst-gpt, in both of its forms', async () => {
    const first = await read(
      'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,230,1317,API log\n',
      { format: 'burst-gpt' },
    )
    expect(first.values).toEqual([0, 40 * SECOND])
    const second = await read(
      'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n5.5,1,2,ChatGPT,472,18,490,Conversation log\n45.5,2,3,GPT-4,1087,230,1317,API log\n',
      { format: 'burst-gpt', where: { Model: 'GPT-4' } },
    )
    expect(second.values).toEqual([0])
  })

  const minutes = (counts: Record<number, number>): string =>
    Array.from({ length: 1440 }, (_, index) => counts[index + 1] ?? 0).join(',')
  const heading = `HashOwner,HashApp,HashFunction,Trigger,${Array.from({ length: 1440 }, (_, index) => index + 1).join(',')}`

  it('azure-functions-2019: functions are added up, days follow each other', async () => {
    using project = temporaryProject({
      'd01.csv': `${heading}\no,a,f,http,${minutes({ 1: 3, 1440: 2 })}\no,a,g,timer,${minutes({ 1: 10 })}\n`,
      'd02.csv': `${heading}\no,a,f,http,${minutes({ 2: 5 })}\n`,
    })
    const all = await prepared(
      project,
      trace({ file: ['d01.csv', 'd02.csv'], format: 'azure-functions-2019' }),
    )
    expect(all.header).toMatchObject({
      kind: 'counts',
      every: 60 * SECOND,
      arrivals: 20,
      values: 2880,
      peak: 13 / 60,
    })
    expect(all.values.flatMap((count, minute) => (count === 0 ? [] : [[minute, count]]))).toEqual([
      [0, 13],
      [1439, 2],
      [1441, 5],
    ])
    const part = await prepared(
      project,
      trace({
        file: ['d01.csv', 'd02.csv'],
        format: 'azure-functions-2019',
        where: { Trigger: 'http' },
        from: '1439m',
        length: '3m',
      }),
    )
    expect(part.values).toEqual([2, 0, 5])
    await expect(
      prepared(project, trace({ file: 'd01.csv', format: 'azure-functions-2019', from: '30s' })),
    ).rejects.toThrow('counts arrivals per 60.0 s')
  })
})

describe('csv and jsonl', () => {
  it('instants by name, in a unit, quoted, with a byte order mark', async () => {
    const { values } = await read('\u{feff}"when",what\n"1500",a\n2500,"b,c"\n', {
      format: 'csv',
      columns: { at: 'when', unit: 'ms' },
    })
    expect(values).toEqual([0, SECOND])
  })

  it('instants by position, with and without a heading', async () => {
    const columns = { at: 2, unit: 's' } as const
    expect((await read('a;1\nb;3\n', { format: 'csv', columns, delimiter: ';' })).values).toEqual([
      0,
      2 * SECOND,
    ])
    expect((await read('name;at\na;1\nb;3', { format: 'csv', columns, delimiter: ';' })).values).toEqual([
      0,
      2 * SECOND,
    ])
  })

  it('counts per time, of which a part is taken', async () => {
    const { values, header } = await read('n\n0\n4\n2.0\n7\n', {
      format: 'csv',
      columns: { count: 'n', every: '10s' },
      from: '10s',
      length: '20s',
    })
    expect(values).toEqual([4, 2])
    expect(header).toMatchObject({
      kind: 'counts',
      every: 10 * SECOND,
      arrivals: 6,
      length: 20 * SECOND,
      peak: 0.4,
    })
  })

  it('a part of instants begins at its own 0', async () => {
    const { values } = await read('at\n100\n101\n102.5\n104\n105\n', {
      format: 'csv',
      columns: { at: 'at' },
      from: '2s',
      length: '3s',
    })
    expect(values).toEqual([0.5 * SECOND, 2 * SECOND])
  })

  it('jsonl, with a filter', async () => {
    const { values } = await read(
      '{"timestamp":0,"t":"a"}\n\n{"timestamp":27,"t":"b"}\n{"timestamp":"30.5","t":"a"}\n',
      {
        format: 'jsonl',
        columns: { at: 'timestamp', unit: 'ms' },
        where: { t: 'a' },
      },
    )
    expect(values).toEqual([0, 30_500_000])
  })

  it('names beyond ASCII', async () => {
    const { values } = await read('größe,zeit\nä,1\nö,2\n', {
      format: 'csv',
      columns: { at: 'zeit' },
      where: { größe: 'ö' },
    })
    expect(values).toEqual([0])
  })

  it('gzip, read like the file itself, hashed as it lies there', async () => {
    using project = temporaryProject()
    const packed = gzipSync('at\n1\n2\n')
    writeFileSync(project.path('trace.csv.gz'), packed)
    const { values, sources } = await prepared(
      project,
      trace({ file: 'trace.csv.gz', format: 'csv', columns: { at: 'at' } }),
    )
    expect(values).toEqual([0, SECOND])
    expect(sources[0]?.sha256).toBe(createHash('sha256').update(packed).digest('hex'))
  })

  it('is the same for any way that lines fall into chunks', async () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => `${index}.5,${'x'.repeat(index % 23)}`)
    const { values } = await read(`at,pad\n${rows.join('\n')}\n`, { format: 'csv', columns: { at: 'at' } })
    expect(values).toEqual(rows.map((_, index) => index * SECOND))
  })
})

const instants = { format: 'csv', columns: { at: 'at' } } as const

describe('bad rows', () => {
  const text = 'at\n1\nx\n-3\n2\n\n4\n'

  it('strict: an error with their number and the first line', async () => {
    expect(await problemOf(trace({ file: 't.csv', ...instants }), { 't.csv': text })).toBe(
      "The trace has 2 bad rows; the first is line 3 of t.csv: 'at' is no number: 'x'.",
    )
  })

  it('skip: left out and counted', async () => {
    const { values, badRows } = await read(text, { ...instants, badRows: 'skip' })
    expect(values).toEqual([0, SECOND, 3 * SECOND])
    expect(badRows).toEqual({
      count: 2,
      first: { file: 'trace.txt', line: 3, problem: "'at' is no number: 'x'" },
    })
  })

  it('strict: gives up early on a file that holds something else', async () => {
    const rows = `at\n${'x\n'.repeat(5000)}`
    expect(await problemOf(trace({ file: 't.csv', ...instants }), { 't.csv': rows })).toContain(
      'at least 1000 bad rows; the first is line 2',
    )
  })

  it.each([
    ['a\n1,2\n', { at: 5 }, 'has no column 5'],
    ['at\n"1\n', { at: 'at' }, 'has no column'],
    ['at\n-1\n', { at: 'at' }, 'is negative'],
    ['at\n1e99\n', { at: 'at' }, 'is too large'],
    ['n\n-1\n', { count: 'n', every: '1s' }, 'is no count'],
    ['n\n1.5\n', { count: 'n', every: '1s' }, 'is no count'],
    ['n\n9999999999999\n', { count: 'n', every: '1s' }, 'is no count'],
  ] as const)('%j', async (content, columns, problem) => {
    expect(await problemOf(trace({ file: 't.csv', format: 'csv', columns }), { 't.csv': content })).toContain(
      problem,
    )
  })

  it.each([
    ['not json', 'is no JSON'],
    ['[1]', 'is no JSON object'],
    ['{"other":1}', "has no number or text 'at'"],
  ])('jsonl: %s', async (content, problem) => {
    expect(
      await problemOf(trace({ file: 't', format: 'jsonl', columns: { at: 'at' } }), { t: content }),
    ).toContain(problem)
  })
})

describe('files that are no trace', () => {
  it('missing, empty, only a heading', async () => {
    expect(await problemOf(trace({ file: 'none.csv', ...instants }))).toContain(
      'none.csv cannot be read: ENOENT',
    )
    expect(await problemOf(trace({ file: 't.csv', ...instants }), { 't.csv': '' })).toBe(
      'The trace t.csv holds no arrival.',
    )
    expect(await problemOf(trace({ file: 't.csv', ...instants }), { 't.csv': 'at\n' })).toBe(
      'The trace t.csv holds no arrival.',
    )
    const folder = await problemOf(trace({ file: 'data', ...instants }), { 'data/t.csv': 'at\n1\n' })
    expect(folder).toContain('data cannot be read')
    expect(
      await problemOf(trace({ file: 't.csv', ...instants, from: '1h' }), { 't.csv': 'at\n1\n2\n' }),
    ).toBe('The trace t.csv holds no arrival in the part that is asked for.')
  })

  it('another format', async () => {
    expect(
      await problemOf(trace({ file: 't.csv', format: 'azure-llm' }), { 't.csv': 'timestamp,tokens\n1,2\n' }),
    ).toBe("The trace t.csv has no column 'TIMESTAMP' (it has timestamp, tokens; did you mean 'timestamp'?).")
    expect(
      await problemOf(trace({ file: 't.csv', ...instants, where: { no: '1' } }), { 't.csv': 'at\n1\n' }),
    ).toContain("has no column 'no'")
  })

  it('one endless line', async () => {
    expect(
      await problemOf(trace({ file: 't.csv', ...instants }), { 't.csv': 'x'.repeat(9_000_000) }),
    ).toContain('Line 1 of the trace')
  })

  it('damaged gzip', async () => {
    expect(await problemOf(trace({ file: 't.csv.gz', ...instants }), { 't.csv.gz': 'no gzip' })).toContain(
      'cannot be read',
    )
  })

  it('a length that shows that the unit is wrong', async () => {
    expect(
      await problemOf(trace({ file: 't.csv', ...instants }), { 't.csv': 'at\n1\n99999999999\n' }),
    ).toContain('days')
  })

  it('more counts than there can be', async () => {
    expect(
      await problemOf(trace({ file: 't.csv', format: 'csv', columns: { count: 1, every: '1s' } }), {
        't.csv': '1\n'.repeat(1_051_201),
      }),
    ).toContain('more than 1051200 counts')
  })
})

describe('saved arrivals', () => {
  async function saved(project: TemporaryProject): Promise<string> {
    project.write({ 't.csv': 'at\n1\n2\n4\n' })
    const { path } = await prepareTrace(planOf(trace({ file: 't.csv', ...instants })), {
      root: project.root,
      path: project.path('plan.arrivals'),
    })
    return path
  }

  it('are used where they lie, or in part', async () => {
    using project = temporaryProject()
    const path = await saved(project)
    const whole = await prepared(project, replay({ file: 'plan.arrivals' }))
    expect(whole.path).toBe(path)
    expect(whole.values).toEqual([0, SECOND, 3 * SECOND])
    expect(whole.header.sha256).toBe(
      createHash('sha256').update(readFileSync(path).subarray(HEADER_BYTES)).digest('hex'),
    )
    const part = await prepared(project, replay({ file: 'plan.arrivals', from: '1s', length: '1s' }))
    expect(part.values).toEqual([0])
    expect(part.header.length).toBe(0)
  })

  it('that are none, cut off, or changed', async () => {
    using project = temporaryProject({ 'other.csv': 'at\n1\n' })
    await expect(prepared(project, replay({ file: 'other.csv' }))).rejects.toThrow('is no file of arrivals')
    await expect(prepared(project, replay({ file: 'none' }))).rejects.toThrow('cannot be read')
    const path = await saved(project)
    const bytes = readFileSync(path)
    bytes.writeDoubleLE(-1, HEADER_BYTES + 8)
    writeFileSync(project.path('changed.arrivals'), bytes)
    await expect(prepared(project, replay({ file: 'changed.arrivals' }))).rejects.toThrow('Arrival 2')
    bytes.writeDoubleLE(Number.NaN, HEADER_BYTES + 8)
    writeFileSync(project.path('changed.arrivals'), bytes)
    await expect(prepared(project, replay({ file: 'changed.arrivals' }))).rejects.toThrow('Arrival 2')
    bytes.writeDoubleLE(1.5 * SECOND, HEADER_BYTES + 8)
    writeFileSync(project.path('changed.arrivals'), bytes)
    await expect(prepared(project, replay({ file: 'changed.arrivals' }))).rejects.toThrow(
      'does not match its hash',
    )
    truncateSync(path, HEADER_BYTES + 8)
    await expect(prepared(project, replay({ file: 'plan.arrivals' }))).rejects.toThrow('bytes instead of')
    expect(readdirSync(join(project.root))).not.toContain('out.arrivals')
  })
})
