import { describe, expect, it } from 'vitest'
import {
  caseFixture,
  distribution,
  latencies,
  metricsFixture,
  resultFixture,
  trialFixture,
} from '../../../test/result-fixture.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { AnalysisTable, Metrics, PipelineMetrics, RunResult, Trial } from '../result.ts'
import { analyseBreakdown } from './breakdown.ts'

const MS = 1e6
const COUNT = 400

/** Requests that were all late by 1 ms, waited 2 ms for a connection, and then took a while. */
function metricsOf(service: readonly number[]): Metrics {
  return {
    ...metricsFixture({ latencies: service.map((value) => value + 3 * MS) }),
    serviceTime: distribution(service),
    dispatchLag: distribution(service.map(() => MS)),
    transportWait: distribution(service.map(() => 2 * MS)),
  }
}
const counter = (count: number, each: number) => ({ count, ns: count * each * MS })
/** A server whose requests take 1 ms in the queue, 0.5 + 4 + 0.25 ms in the model, and 0.25 ms that it does not explain. */
function countersOf(count: number) {
  return {
    success: counter(count, 6),
    fail: counter(0, 0),
    queue: counter(count, 1),
    computeInput: counter(count, 0.5),
    computeInfer: counter(count, 4),
    computeOutput: counter(count, 0.25),
    inferences: count,
    executions: count,
    batches: [],
  }
}

function trialOf(options: Parameters<typeof trialFixture>[0], over: Partial<Trial>): Trial {
  return { ...trialFixture(options), ...over }
}

function serverOf(counters: object | null): Trial['server'] {
  return {
    kind: 'oip',
    plan: null,
    version: null,
    effectiveConfig: null,
    startup: null,
    stages: counters === null ? null : { total: 6 },
    batchSizes: null,
    counters: counters as never,
  }
}

function resultOf(trials: readonly Trial[]): RunResult {
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}
function cell(table: AnalysisTable | undefined, row: number, column: string): unknown {
  return table?.rows[row]?.[table.columns.findIndex(({ name }) => name === column)]
}

describe('where the mean response time goes', () => {
  const metrics = metricsOf(latencies(COUNT, 10 * MS).map((value) => value + 7 * MS))
  const service = metrics.serviceTime.mean as number
  const trial = trialOf(
    { path: ['s'] },
    { ...metrics, streams: { main: metrics }, server: serverOf({ m: countersOf(COUNT) }) },
  )

  it('is told stage by stage, and adds up', () => {
    const [table, stages] = analyseBreakdown(resultOf([trial]))
    expect(table?.columns.map(({ name }) => name)).toEqual([
      'case',
      'lag',
      'wait',
      'network',
      'queue',
      'input',
      'infer',
      'output',
      'other',
      'mean',
    ])
    expect(table?.rows[0]?.slice(1, 3)).toEqual([MS, 2 * MS])
    expect(cell(table, 0, 'network')).toBeCloseTo(service - 6 * MS, 3)
    expect(table?.rows[0]?.slice(4, 9)).toEqual([1, 0.5, 4, 0.25, 0.25].map((value) => value * MS))
    const means = stages?.rows.map((row) => row[3] as number) ?? []
    const response = metrics.responseTime.mean as number
    expect(Math.abs(means.reduce((sum, mean) => sum + mean, 0) / response - 1)).toBeLessThan(1e-9)
    expect(stages?.plotOnly).toBe(true)
    expect(stages?.plots?.map(({ name }) => name)).toEqual(['stages', 'stage-p99'])
  })

  it('does not add percentiles up: those of stages are of different requests', () => {
    const [, stages] = analyseBreakdown(resultOf([trial]))
    const p99 = (stage: string) => stages?.rows.find((row) => row[2] === stage)?.[5]
    expect(p99('lag')).toBe(MS)
    expect(p99('network')).toBeNull()
    // Two stages of which each is slow for other requests: both p99 are 100, that of the sum is 101.
    const one = Array.from({ length: 100 }, (_, index) => (index < 2 ? 100 : 1))
    const sum = one.map((value, index) => value + (one[99 - index] as number))
    expect((distribution(one).p99 as number) * 2).toBe(200)
    expect(distribution(sum).p99).toBe(101)
  })

  it('names what is left when failures have lag but no response time', () => {
    const failing = {
      ...metrics,
      dispatchLag: distribution([...Array(COUNT).fill(MS), ...Array(COUNT).fill(5 * MS)]),
    }
    const [table] = analyseBreakdown(resultOf([{ ...trial, ...failing, streams: { main: failing } }]))
    expect(cell(table, 0, 'lag')).toBe(3 * MS)
    expect(cell(table, 0, 'rest')).toBeCloseTo(-2 * MS, 3)
    expect(table?.notes.at(-1)).toContain('at most 2.00 ms')
  })

  it('takes what comes with each answer where the server counts nothing', () => {
    const told = {
      ...metrics,
      serverQueue: distribution([MS, 3 * MS]),
      serverCompute: distribution([4 * MS]),
    }
    const [table] = analyseBreakdown(resultOf([{ ...trial, ...told, server: null, streams: { main: told } }]))
    expect(cell(table, 0, 'queue')).toBe(2 * MS)
    expect(cell(table, 0, 'compute')).toBe(4 * MS)
    expect(cell(table, 0, 'network')).toBeCloseTo(service - 6 * MS, 3)
  })

  it('is a picture only where the server says nothing, and was reset', () => {
    for (const server of [null, serverOf(null)]) {
      const tables = analyseBreakdown(resultOf([{ ...trial, server }]))
      expect(tables.map(({ name }) => name)).toEqual(['stages'])
      expect(tables[0]?.rows.map((row) => row[2])).toEqual(['lag', 'wait', 'service'])
    }
  })

  it('shows the client’s encoding, which comes on top', () => {
    const perRequest = { bytesOut: 1, bytesIn: 1, encodeTime: 0.5 * MS, clientCpu: null, serverCpu: null }
    const [table, stages] = analyseBreakdown(resultOf([{ ...trial, perRequest }]))
    expect(cell(table, 0, 'encode')).toBe(0.5 * MS)
    expect(cell(table, 0, 'mean')).toBe(metrics.responseTime.mean)
    expect(stages?.rows[0]?.slice(2, 4)).toEqual(['encode', 0.5 * MS])
  })

  it('says when the server claims more than its client has waited', () => {
    const slow = { ...countersOf(COUNT), success: counter(COUNT, 60), computeInfer: counter(COUNT, 58) }
    const [table] = analyseBreakdown(resultOf([{ ...trial, server: serverOf({ m: slow }) }]))
    expect(cell(table, 0, 'network')).toBeLessThan(0)
    expect(table?.notes.join('\n')).toContain('longer than its client has waited')
  })

  it('takes the counters of the model that the stream asks, and none when that is not known', () => {
    const other = { ...countersOf(COUNT), queue: counter(COUNT, 2) }
    const two = { ...trial, server: serverOf({ a: countersOf(COUNT), b: other }) }
    expect(analyseBreakdown(resultOf([two])).map(({ name }) => name)).toEqual(['stages'])
    const main = two.plan.streams['main'] as NonNullable<Trial['plan']['streams'][string]>
    const asked = { ...main, target: { ...main.target, options: { model: 'b' } } }
    const [table] = analyseBreakdown(resultOf([{ ...two, plan: { ...two.plan, streams: { main: asked } } }]))
    expect(cell(table, 0, 'queue')).toBe(2 * MS)
  })

  it('draws batches on an axis of their own when nothing else differs', () => {
    const batches = [1, 8].map((batch) => {
      const items = { perRequest: batch, throughput: 1 }
      const own = trialOf(
        { path: ['s'], case: { batch } },
        { ...metrics, items, streams: { main: { ...metrics, items } } },
      )
      return own
    })
    const names = analyseBreakdown(resultOf(batches)).flatMap(({ plots }) => plots?.map(({ name }) => name))
    expect(names).toEqual(['stages', 'stages-by-batch', 'stage-p99'])
  })

  it('is told of pipelines step by step', () => {
    const step = (name: string, mean: number) => ({
      name,
      target: 'http',
      counts: { due: 1, sent: 1, completed: 1, failed: 0, timedOut: 0, censored: 0 },
      failures: {},
      time: distribution([mean]),
      glue: distribution([]),
      transportWait: distribution([]),
      firstByte: distribution([]),
      serverQueue: distribution([]),
      serverCompute: distribution([]),
      mean,
      glueMean: null,
      share: null,
    })
    const response = metrics.responseTime.mean as number
    const pipeline: PipelineMetrics = {
      completed: COUNT,
      response,
      before: MS,
      glue: distribution([0.5 * MS]),
      glueShare: null,
      steps: [step('detect', response - 3.5 * MS), step('classify', 2 * MS)],
    }
    const [table] = analyseBreakdown(
      resultOf([
        { ...trial, server: null, ...metrics, pipeline, streams: { main: { ...metrics, pipeline } } },
      ]),
    )
    expect(table?.columns.map(({ name }) => name)).toEqual([
      'case',
      'before',
      'detect',
      'classify',
      'glue',
      'mean',
    ])
    expect(table?.notes[0]).toContain('Most goes into detect')
  })

  it('is nothing where nothing was completed', () => {
    const failed = caseFixture([trialFixture({ latencies: [], counts: { due: 5, failed: 5 } })])
    expect(analyseBreakdown({ ...resultFixture([trialFixture()]), cases: [failed] })).toEqual([])
    expect(analyseBreakdown(resultOf([]))).toEqual([])
  })
})
