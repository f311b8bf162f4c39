import { describe, expect, it } from 'vitest'
import { analysedResult, analysedTrial, closed, faultsOf } from '../../../test/support/analysed-cases.ts'
import { distribution, richResult } from '../../../test/result-fixture.ts'
import { STATIC_REPORT } from '../../../test/static-fixture.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import { DEFAULT_COMPARISON } from '../comparison-settings.ts'
import { isText, layAnalysis } from '../render-tables.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import { analyseCases } from './analyse-cases.ts'

/** Every axis that an analysis looks for. */
function matrix(): readonly Readonly<Record<string, Scalar>>[] {
  return ['cpu', 'gpu'].flatMap((device) =>
    [1, 2, 4].flatMap((batch) =>
      [16, 64, 256].flatMap((length) => [1, 4, 16].map((users) => ({ device, batch, length, users }))),
    ),
  )
}
function trialsOf(
  edit: (trial: Trial, index: number) => Trial = (trial) => trial,
  repeats = 1,
): readonly Trial[] {
  return Array.from({ length: repeats }, (_, repeat) => repeat).flatMap((repeat) =>
    matrix().map((at, index) =>
      edit(
        analysedTrial({
          case: at,
          repeat,
          items: at['batch'] as number,
          load: closed(at['users'] as number),
          time: 1e6 * (4 + (at['batch'] as number)) * (at['users'] as number),
        }),
        index,
      ),
    ),
  )
}
function analyse(result: RunResult): readonly AnalysisTable[] {
  const tables = analyseCases(result, DEFAULT_COMPARISON)
  expect(faultsOf(tables)).toEqual([])
  for (const table of tables.filter(isText)) {
    for (const line of layAnalysis(table, 100)) expect(line).not.toMatch(/NaN|Infinity|undefined|\[object/)
  }
  return tables
}

const NONE = distribution([])
const invalid = { code: 'x', severity: 'invalid', message: 'Bad.', advice: null } as const

/** A trial in which nothing is known. */
function blank(trial: Trial): Trial {
  return {
    ...trial,
    offeredLoad: null,
    throughput: null,
    goodput: null,
    rateIntervals: { throughput: null, goodput: null },
    items: { perRequest: null, throughput: null },
    responseTime: NONE,
    serviceTime: NONE,
    inFlight: { mean: null, max: null },
    server: null,
    energy: null,
    cost: null,
    static: null,
  }
}

const counter = (ns: number) => ({ count: 100, ns: 100 * ns })
const gauge = (mean: number | null, unit = '1') => ({
  unit,
  device: null,
  mean,
  min: mean,
  max: mean,
  p95: mean,
  coverage: mean === null ? 0 : 1,
})

/** A trial in which everything was watched: gauges, the server's counters, the model, energy and cost. */
function watched(trial: Trial, level: number | null = 0.5): Trial {
  const counters = {
    m: {
      success: counter(3e6),
      queue: counter(1e6),
      computeInput: counter(1e5),
      computeInfer: counter(1e6),
      computeOutput: counter(1e5),
    },
  }
  return {
    ...trial,
    static: { main: STATIC_REPORT },
    server: {
      kind: 'oip',
      plan: null,
      version: null,
      effectiveConfig: null,
      startup: null,
      stages: {},
      batchSizes: [{ size: trial.items.perRequest ?? 1, count: 3 }],
      counters,
    },
    perRequest: {
      bytesOut: 1000 * (trial.items.perRequest ?? 1),
      bytesIn: 10,
      encodeTime: 1e3,
      clientCpu: 1,
      serverCpu: 1e5,
    },
    gauges: {
      'gpu0.utilization': gauge(level),
      'gpu0.memory.used': gauge(level === null ? null : 1e9, 'By'),
      'dcgm0.dram.active': gauge(level),
      'host.threads.runnable': gauge(level, 'threads'),
      'host.pressure.cpu': gauge(level),
      'server.contextSwitches.involuntary': gauge(level, '1/s'),
      'temperature.soc': gauge(level, 'Cel'),
      'battery.charge': gauge(level),
    },
    windows: trial.windows.map((window) => ({
      ...window,
      gauges: { 'temperature.soc': level, 'host.cpu.clock': level, 'battery.charge': level },
    })),
  }
}

describe('all analyses together', () => {
  it('find something in a full matrix, and every picture names columns that are there', () => {
    const names = new Set(analyse(analysedResult(trialsOf())).map(({ name }) => name))
    for (const name of ['batch-latency', 'batch-line', 'input-size', 'heatmap', 'load-curve', 'speed-up']) {
      expect(names).toContain(name)
    }
  })

  it('say where the time goes and what the limit is where that was watched', () => {
    const names = new Set(
      analyse(analysedResult(trialsOf((trial) => watched(trial)))).map(({ name }) => name),
    )
    const found =
      'roofline roofline-plot breakdown stages transmission bottleneck bottleneck-evidence fan-out'
    for (const name of `${found} accelerators edge edge-course`.split(' ')) expect(names).toContain(name)
  })

  it('pair repeats', () => {
    expect(analyse(analysedResult(trialsOf((trial) => trial, 2))).length).toBeGreaterThan(5)
  })

  it.each([
    ['nothing is known of any trial', blank],
    [
      'nothing is known of every second trial',
      (trial: Trial, index: number) => (index % 2 === 0 ? blank(trial) : trial),
    ],
    [
      'all trials failed',
      (trial: Trial): Trial => ({
        ...blank(trial),
        state: 'failed',
        verdict: { validity: 'invalid', reasons: [invalid] },
        error: { code: 'X', message: 'It broke.', advice: null, detail: null },
      }),
    ],
    [
      'each trial has one request',
      (trial: Trial): Trial => ({
        ...trial,
        responseTime: distribution([5e6]),
        serviceTime: distribution([5e6]),
      }),
    ],
    [
      'times are 0',
      (trial: Trial): Trial => ({
        ...trial,
        responseTime: distribution([0, 0]),
        serviceTime: distribution([0, 0]),
        throughput: 0,
      }),
    ],
    ['all gauges were lost', (trial: Trial): Trial => watched(trial, null)],
    ['everything that was watched is 0', (trial: Trial): Trial => ({ ...watched(trial, 0), throughput: 0 })],
    [
      'nothing is known of a trial but what was watched',
      (trial: Trial): Trial => {
        const { static: model, server, perRequest, gauges } = watched(trial)
        return { ...blank(trial), static: model, server, gauges, ...(perRequest && { perRequest }) }
      },
    ],
    [
      'models have no work',
      (trial: Trial): Trial => ({
        ...watched(trial),
        static: {
          main: { ...STATIC_REPORT, flops: 0, inputBytes: 0, outputBytes: 0, touchedWeightBytes: 0 },
        },
      }),
    ],
    ['there are no streams', (trial: Trial): Trial => ({ ...trial, plan: { ...trial.plan, streams: {} } })],
  ])('say nothing that is none when %s', (_, edit) => {
    analyse(analysedResult(trialsOf(edit)))
  })

  it('take cases without trials, and results without cases', () => {
    const result = analysedResult(trialsOf())
    analyse({ ...result, trials: [] })
    analyse({ ...result, cases: result.cases.map((one): CaseResult => ({ ...one, trials: [] })) })
    analyse({ ...result, cases: result.cases.map((one): CaseResult => ({ ...one, pooled: null })) })
    expect(analyse({ ...result, trials: [], cases: [] })).toEqual([])
  })

  it('take everything that can happen in one run', () => {
    analyse(richResult())
  })
})
