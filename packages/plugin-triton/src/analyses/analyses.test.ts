import { describe, expect, it } from 'vitest'
import type { Counter, ModelStatistics, Trial } from 'servebench/plugin'
import type { FoundModel } from '../found-model.ts'
import { listBatches } from './batch-sizes.ts'
import { splitLatency } from './latency-split.ts'
import { listModels } from './model-work.ts'
import { sequencesIn } from './sequence-latency.ts'
import type { TritonCase } from './triton-case.ts'
import { tritonCases } from './triton-case.ts'

const per = (count: number, ns: number): Counter => ({ count, ns: count * ns })

/** Requests of one row each; stages per request. */
function model(
  requests: number,
  stages: readonly [queue: number, input: number, infer: number, output: number],
  rest: Partial<ModelStatistics> = {},
): ModelStatistics {
  const [queue, input, infer, output] = stages
  return {
    success: per(requests, queue + input + infer + output + 5),
    fail: per(0, 0),
    queue: per(requests, queue),
    computeInput: per(requests, input),
    computeInfer: per(requests, infer),
    computeOutput: per(requests, output),
    inferences: requests,
    executions: requests,
    batches: [{ size: 1, computeInfer: per(requests, infer) }],
    ...rest,
  }
}

function trialOf(serviceTime: number, count: number): Trial {
  return { streams: { main: { serviceTime: { mean: serviceTime, count } } } } as unknown as Trial
}

function caseOf(
  name: string,
  counted: TritonCase['counted'],
  trials: readonly Trial[] = [trialOf(1000, 10)],
): TritonCase {
  return { id: 'c', name: 'a case', stream: 'main', isAlone: true, model: name, trials, counted }
}

const found = (graph: FoundModel['graph'] = {}, config: FoundModel['config'] = null): FoundModel => ({
  config,
  graph,
  streams: false,
})

describe('where the time goes', () => {
  it('adds up: client = network + queue + compute + the rest of the server', () => {
    const table = splitLatency([caseOf('m', { m: model(10, [100, 20, 300, 30]) })], new Map())
    expect(table?.rows).toEqual([['a case', 1000, 1000 - 455, 100, 20, 300, 30, 0, 5]])
    const [, client = 0, ...parts] = (table?.rows[0] ?? []) as readonly number[]
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(client, 9)
  })

  it('weighs repeats by their requests', () => {
    const trials = [trialOf(1000, 30), trialOf(2000, 10)]
    expect(splitLatency([caseOf('m', { m: model(40, [0, 0, 0, 0]) }, trials)], new Map())?.rows[0]?.[1]).toBe(
      1250,
    )
  })

  it('is summed over the models that an ensemble consists of, nested ones too', () => {
    const graph = { outer: ['inner', 'b'], inner: ['a', 'b'] }
    const counted = {
      outer: model(10, [0, 0, 999, 0], { success: per(10, 900) }),
      inner: model(10, [0, 0, 999, 0]),
      a: model(10, [10, 1, 100, 2]),
      // Asked by both.
      b: model(20, [20, 3, 200, 4]),
    }
    const table = splitLatency([caseOf('outer', counted)], new Map([['outer', found(graph)]]))
    expect(table?.rows).toEqual([['a case', 1000, 100, 50, 7, 500, 10, 0, 900 - 567]])
  })

  it('is not there when the server does not count, or counted nothing', () => {
    expect(
      splitLatency(
        [caseOf('m', null), caseOf('m', {}), caseOf('m', { m: model(0, [0, 0, 0, 0]) })],
        new Map(),
      ),
    ).toBeNull()
  })
})

describe('what models did', () => {
  it('is listed as a tree, with mean batches and cache hits', () => {
    const counted = {
      both: model(8, [0, 0, 0, 0]),
      a: model(8, [1, 2, 3, 4], { executions: 2, cacheHit: per(6, 9), cacheMiss: per(2, 9) }),
    }
    const table = listModels(
      [caseOf('both', counted)],
      new Map([['both', found({ both: ['a', 'gone', 'both'] })]]),
    )
    expect(table?.rows).toEqual([
      ['a case', 'both', 8, 0, 8, 1, 0, 0, 0, 0, null],
      ['a case', '· a', 8, 0, 2, 4, 1, 2, 3, 4, 0.75],
    ])
    expect(table?.notes).toHaveLength(1)
    expect(listModels([caseOf('m', { m: model(1, [1, 1, 1, 1]) })], new Map())?.columns.at(-1)?.name).toBe(
      'output',
    )
  })

  it('is listed by the size of batches in classes of powers of two, with their cost', () => {
    const batches = [
      { size: 4, computeInfer: per(1, 400) },
      { size: 1, computeInfer: per(10, 100) },
      { size: 3, computeInfer: per(2, 350) },
      { size: 8, computeInfer: per(0, 0) },
    ]
    const table = listBatches([caseOf('m', { m: model(20, [0, 0, 0, 0], { batches }) })], new Map())
    expect(table?.rows).toEqual([
      ['a case', 'm', '1', 10, 0.5, 100, 100],
      ['a case', 'm', '3–4', 3, 0.5, 1100 / 3, 110],
    ])
    // One size only says nothing that the other tables do not.
    expect(listBatches([caseOf('m', { m: model(20, [0, 0, 0, 0]) })], new Map())).toBeNull()
  })
})

describe('cases', () => {
  const trial = (id: string, counters: unknown, role = 'measurement') => ({
    caseId: 'c',
    id,
    role,
    counts: { completed: 5 },
    plan: {
      streams: {
        main: { target: { kind: 'triton', options: { model: 'm' } } },
        other: { target: { kind: 'http', options: {} } },
      },
    },
    server: counters === undefined ? null : { counters },
  })
  const result = (...trials: ReturnType<typeof trial>[]) =>
    ({ cases: [{ id: 'c', path: ['group', 'name'], case: { batch: 2 } }], trials }) as never

  it('are streams with Triton targets, and the sums of their repeats', () => {
    const [only, ...others] = tritonCases(
      result(
        trial('1', { m: model(2, [1, 1, 10, 1]) }),
        trial('2', {
          m: model(3, [1, 1, 20, 1], { batches: [{ size: 2, computeInfer: per(3, 20) }] }),
          n: model(1, [1, 1, 1, 1]),
        }),
        trial('3', { m: model(100, [1, 1, 1, 1]) }, 'profile'),
      ),
    )
    expect(others).toEqual([])
    expect(only).toMatchObject({ name: 'group > name > batch=2 > main', stream: 'main', model: 'm' })
    expect(only?.counted?.['m']).toMatchObject({
      inferences: 5,
      computeInfer: { count: 5, ns: 80 },
      batches: [
        { size: 1, computeInfer: { count: 2, ns: 20 } },
        { size: 2, computeInfer: { count: 3, ns: 60 } },
      ],
    })
    expect(Object.keys(only?.counted ?? {})).toEqual(['m', 'n'])
  })

  it('without what the server counted in one of the repeats have none of it', () => {
    expect(
      tritonCases(result(trial('1', { m: model(2, [1, 1, 1, 1]) }), trial('2', undefined)))[0]?.counted,
    ).toBeNull()
    expect(tritonCases(result())).toEqual([])
  })
})

it('sequences are those that are whole; those with a failed request are counted apart', () => {
  const rows = [
    // Retried, then answered.
    { unit: 0, outcome: 'retried', intended: 5, completion: 9 },
    { unit: 0, outcome: 'completed', intended: 6, completion: 20 },
    { unit: 1, outcome: 'completed', intended: 10, completion: 30 },
    { unit: 0, outcome: 'completed', intended: 25, completion: 40 },
    { unit: 1, outcome: 'failed', intended: 35, completion: 50 },
    // Its second request came after the measurement.
    { unit: 2, outcome: 'completed', intended: 60, completion: 70 },
  ]
  const records = {
    rows: rows.length,
    numbers: (name: string) => Float64Array.from(rows, (row) => row[name as 'unit'] ?? 0),
    names: (name: string) => rows.map((row) => row[name as 'outcome']),
  }
  expect(sequencesIn({ records: records as never, rows: Uint32Array.from(rows.keys()) }, 2)).toEqual({
    lengths: [34],
    broken: 1,
  })
})
