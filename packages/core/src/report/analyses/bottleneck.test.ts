import { describe, expect, it } from 'vitest'
import {
  distribution,
  metricsFixture,
  resultFixture,
  trialFixture,
  type TrialOptions,
} from '../../../test/result-fixture.ts'
import { STATIC_REPORT } from '../../../test/static-fixture.ts'
import type { LoadPlan } from '../../arrival/load-plan.ts'
import { groupByCase, poolCase } from '../pool.ts'
import type { AnalysisTable, GaugeSummary, RunResult, Trial } from '../result.ts'
import { analyseBottlenecks } from './bottleneck.ts'

const MS = 1e6
const CORES = 4
const CLOSED: LoadPlan = { loop: 'closed', concurrency: 4, requests: null, thinkTime: null as never }

function gauge(mean: number | null, unit = '1'): GaugeSummary {
  return { unit, device: null, mean, min: mean, max: mean, p95: mean, coverage: mean === null ? 0 : 1 }
}
function gaugesOf(means: Readonly<Record<string, number | null>>): Trial['gauges'] {
  return Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, gauge(mean)]))
}

interface Parts {
  readonly gauges?: Readonly<Record<string, number | null>>
  /** Shares of 10 ms on the server, ms. */
  readonly queue?: number
  readonly compute?: number
  readonly options?: TrialOptions
  readonly over?: Partial<Trial>
  /** Requests in 10 s. */
  readonly requests?: number
}

/** Requests of 10 ms in a closed loop. */
function trialOf({ gauges = {}, queue, compute, options = {}, over = {}, requests = 1000 }: Parts): Trial {
  const times = Array.from({ length: requests }, () => 10 * MS)
  const metrics = {
    ...metricsFixture({ latencies: times }),
    dispatchLag: distribution([0]),
    transportWait: distribution([0]),
    serviceTime: distribution([10 * MS]),
    ...(queue === undefined ? {} : { serverQueue: distribution([queue * MS]) }),
    ...(compute === undefined ? {} : { serverCompute: distribution([compute * MS]) }),
  }
  const trial = trialFixture({ path: ['s'], gauges: gaugesOf(gauges), ...options })
  const main = trial.plan.streams['main'] as NonNullable<Trial['plan']['streams'][string]>
  return {
    ...trial,
    ...metrics,
    streams: { main: metrics },
    plan: { ...trial.plan, streams: { main: { ...main, load: CLOSED } } },
    ...over,
  }
}

function resultOf(
  trials: readonly Trial[],
  accelerators: RunResult['run']['environment']['accelerators'] = [],
): RunResult {
  const base = resultFixture(trials, groupByCase(trials).map(poolCase))
  const { environment } = base.run
  return {
    ...base,
    run: {
      ...base.run,
      environment: {
        ...environment,
        accelerators,
        cpu: { ...environment.cpu, cores: CORES, physicalCores: CORES, limit: null },
      },
    },
  }
}
function judged(...trials: readonly Trial[]): readonly (readonly unknown[])[] {
  return analyseBottlenecks(resultOf(trials))[0]?.rows ?? []
}
function serverCpu(cores: number, requests = 1000): Partial<Trial> {
  const each = (cores * 1e9) / (requests / 10)
  return { perRequest: { bytesOut: 1, bytesIn: 1, encodeTime: null, clientCpu: null, serverCpu: each } }
}

describe('the bottleneck of a case', () => {
  it.each<[string, Parts, RegExp]>([
    ['network', { queue: 1, compute: 2 }, /network and front end are 70 % of the mean response time/],
    ['queue', { queue: 7, compute: 2 }, /in the server’s queue is 70 % of the mean response time/],
    [
      'compute',
      { queue: 7, compute: 2, over: serverCpu(3.9) },
      /97\.5 % of its cores\. That is why .*queue is 70 %/,
    ],
    ['compute', { gauges: { 'gpu0.utilization': 0.2, 'gpu1.utilization': 0.97 } }, /for 97 % of the time/],
    [
      'memory',
      { gauges: { 'dcgm0.dram.active': 0.8, 'dcgm0.sm.active': 0.9 } },
      /80 % of the bandwidth.* That is why 90 %/,
    ],
    ['memory', { gauges: { 'host.pressure.memory': 0.3 } }, /waited for memory for 30 %/],
    ['power', { gauges: { 'gpu0.throttle.power': 0.6, 'gpu0.utilization': 0.99 } }, /by power for 60 %/],
    ['power', { gauges: { 'gpu0.power': 349, 'gpu0.power.limit': 350 } }, /at 99\.7 % of its limit/],
    ['compute', { gauges: { 'server.cgroup.cpu.throttled': 0.4 } }, /held it back in 40 %/],
  ])('is %s', (verdict, parts, why) => {
    const [row] = judged(trialOf(parts))
    expect(row?.[1]).toBe(verdict)
    expect(row?.[2]).toMatch(why)
  })

  it('is the copies, where the server tells them apart', () => {
    const each = (ns: number) => ({ count: 1000, ns: 1000 * ns * MS })
    const counters = {
      m: {
        success: each(9),
        queue: each(0),
        computeInput: each(4),
        computeInfer: each(3),
        computeOutput: each(1),
      },
    }
    const server = {
      kind: 'oip',
      plan: null,
      version: null,
      effectiveConfig: null,
      startup: null,
      stages: {},
      batchSizes: null,
      counters,
    }
    const [row] = judged(trialOf({ over: { server: server as unknown as NonNullable<Trial['server']> } }))
    expect(row?.slice(1)).toEqual([
      'copy',
      'Inputs and outputs take longer than running the model: inputs and outputs are 50 % of the mean response time.',
    ])
  })

  it('is the client also where that made the case invalid, and nothing else is known', () => {
    const reasons = [{ code: 'load-thread-cpu', severity: 'invalid' as const, message: '', advice: null }]
    const trial = trialOf({ options: { reasons } })
    const [row] = judged({ ...trial, engine: { ...trial.engine, cpu: 0.97 } })
    expect(row?.slice(0, 2)).toEqual(['s', 'client'])
    expect(row?.[2]).toBe(
      'The load generator is the limit, not the target: a load thread used 97 % of a core.',
    )
  })

  it('is the roof, where the model and its one device are known', () => {
    const bound = STATIC_REPORT.devices[0] as (typeof STATIC_REPORT.devices)[number]
    const report = { ...STATIC_REPORT, flops: 6e9, devices: [{ ...bound, bandwidth: 1e9, ridge: 1000 }] }
    // 100/s × 6 GFLOP of 1 TFLOP/s, with 6e9 ÷ 1050 FLOP per byte.
    expect(judged(trialOf({ over: { static: { main: report } }, gauges: { x: 1 } }))[0]?.slice(1)).toEqual([
      'compute',
      'Computing is the limit: 60 % of the roofline were reached, right of its ridge.',
    ])
    const unsure = {
      ...report,
      devices: [...report.devices, { ...report.devices[0], device: 'other' }] as never,
    }
    expect(judged(trialOf({ over: { static: { main: unsure } }, gauges: { x: 1 } }))[0]?.[1]).toBe('unclear')
    const impossible = { ...report, flops: 6e10 }
    expect(judged(trialOf({ over: { static: { main: impossible } }, gauges: { x: 1 } }))[0]?.[1]).toBe(
      'unclear',
    )
  })

  it('is unclear where nothing is at its limit, and says what is not known', () => {
    const [row] = judged(trialOf({ gauges: { 'gpu0.utilization': 0.3 } }))
    expect(row?.[1]).toBe('unclear')
    expect(row?.[2]).toBe(
      'Nothing that was measured is at its limit: a kernel ran on the GPU for 30 % of the time. Not known: the server’s own account of a request; the processors (hostSampler).',
    )
    const gpus = [{ name: 'NVIDIA T4', memory: null, driver: null }]
    const [watched] = analyseBottlenecks(resultOf([trialOf({ queue: 1, compute: 6 })], gpus))
    expect(watched?.rows[0]?.[2]).toContain('GPUs (nvmlSampler)')
  })

  it('is counted, not listed, where there is nothing to say of many cases', () => {
    const quiet = Array.from({ length: 4 }, (_, users) =>
      trialOf({ gauges: { 'gpu0.utilization': 0.3 }, options: { path: [`quiet ${users}`] } }),
    )
    const loud = trialOf({ gauges: { 'gpu0.utilization': 0.97 }, options: { path: ['loud'] } })
    const [table] = analyseBottlenecks(resultOf([...quiet, loud]))
    expect(table?.rows.map((row) => row[1])).toEqual(['compute'])
    expect(table?.notes.join()).toContain('4 of 5 cases are unclear')
    expect(judged(...quiet.slice(1), loud)).toHaveLength(4)
  })

  it('is unclear where the evidence contradicts itself', () => {
    const trial = trialOf({ gauges: { 'dcgm0.sm.active': 0.95 } })
    const [row] = judged({ ...trial, engine: { ...trial.engine, cpu: 0.97 } })
    expect(row?.[1]).toBe('unclear')
    expect(row?.[2]).toBe(
      'Several things are at their limit, and none explains the others: client (a load thread used 97 % of a core); compute (95 % of the GPU’s multiprocessors were in use).',
    )
  })

  it('takes a gauge that was lost for what it is: not known', () => {
    const [row] = judged(trialOf({ gauges: { 'gpu0.utilization': null, 'gpu0.throttle.power': null } }))
    expect(row?.[1]).toBe('unclear')
    expect(row?.[2]).not.toContain('kernel')
  })

  it('blames a busy machine on the client where the target is on another one', () => {
    const gauges = { 'host.cpu.utilization': 0.99 }
    expect(judged(trialOf({ gauges }))[0]?.[1]).toBe('client')
    expect(judged(trialOf({ gauges, over: serverCpu(1) }))[0]?.[1]).toBe('compute')
  })

  it('does not speak of a machine that other programs had', () => {
    const trial = trialOf({ gauges: { 'host.cpu.utilization': 1 }, over: serverCpu(1) })
    const [row] = judged({ ...trial, engine: { ...trial.engine, foreignCpu: 0.6 } })
    expect(row?.[1]).toBe('unclear')
    expect(row?.[2]).toContain(
      'say nothing about the target: other programs used 60 % of this machine’s CPU.',
    )
  })

  it('counts the cores that the server may use', () => {
    const confined = trialOf({ over: serverCpu(1.95), gauges: { x: 1 } })
    expect(judged(confined)[0]?.[1]).toBe('unclear')
    const server = { kind: 'x', package: 'x', launch: {}, state: {}, limits: { cpus: '0-1', memory: null } }
    expect(judged({ ...confined, plan: { ...confined.plan, server } })[0]?.[1]).toBe('compute')
  })

  it('does not speak of what only the client has seen, nor of nothing', () => {
    expect(analyseBottlenecks(resultOf([trialFixture()]))).toEqual([])
    expect(analyseBottlenecks(resultOf([]))).toEqual([])
    expect(analyseBottlenecks(resultOf([trialFixture({ latencies: [], counts: { due: 0 } })]))).toEqual([])
  })

  it('lists every number that it has looked at', () => {
    const [, table] = analyseBottlenecks(resultOf([trialOf({ queue: 7, compute: 2 })]))
    expect(table?.plotOnly).toBe(true)
    const evidence = table as AnalysisTable
    expect(evidence.rows).toContainEqual(['s', 'waiting', 0.7, 0.5, 'queue'])
    expect(evidence.rows).toContainEqual(['s', 'loadThread', 0.18, null, ''])
  })
})

describe('threads above cores', () => {
  const crowd = (
    threads: number,
    requests: number,
    runnable: number,
    pressure: number,
    switches: number,
    over: Partial<Trial> = {},
  ): Trial =>
    trialOf({
      options: { case: { threads } },
      requests,
      gauges: {
        'host.threads.runnable': runnable * CORES,
        'host.pressure.cpu': pressure,
        'server.contextSwitches.involuntary': switches,
        'host.cpu.utilization': 0.99,
      },
      over: { ...serverCpu(3.9, requests), ...over },
    })

  it('are over-subscription once less gets done with them', () => {
    const rows = judged(crowd(4, 2000, 0.9, 0.1, 100), crowd(64, 1200, 5, 0.95, 900))
    expect(rows.map((row) => row[1])).toEqual(['compute', 'over-subscription'])
    expect(rows[1]?.[2]).toBe(
      'More threads than cores get less done: 5.00 threads could run for each core, some of them waited for 95 % of the time, 7.50 involuntary switches for each request, throughput is 40 % lower than with threads=4 (0.90 for each core, 10 %, 0.50). That is why the server used 97.5 % of its cores, the server’s machine was 99 % busy.',
    )
  })

  it('are none while as much gets done, for other work, and for loads that offer less', () => {
    expect(judged(crowd(4, 2000, 0.9, 0.1, 100), crowd(64, 1990, 5, 0.95, 900))[1]?.[1]).toBe('compute')
    const larger = { static: { main: { ...STATIC_REPORT, flops: 5e9, devices: [] } } }
    expect(judged(crowd(4, 2000, 0.9, 0.1, 100), crowd(64, 1200, 5, 0.95, 900, larger))[1]?.[1]).toBe(
      'compute',
    )
    const open = crowd(64, 1200, 5, 0.95, 900)
    const main = trialFixture().plan.streams['main'] as NonNullable<Trial['plan']['streams'][string]>
    const offered = { ...open, offeredLoad: open.throughput, plan: { ...open.plan, streams: { main } } }
    expect(judged(crowd(4, 2000, 0.9, 0.1, 100), offered)[1]?.[1]).toBe('compute')
  })
})
