import { canonicalJson, type JsonValue } from '../../units/json.ts'
import type { Calmer, Evidence } from '../../metrics/bottleneck/evidence.ts'
import type { Environment, GaugeSummary, Trial } from '../result.ts'
import { caseName } from '../case-name.ts'
import type { Breakdown } from './breakdown.ts'
import type { RoofPlace } from './roofline.ts'
import type { SoundCase } from './sound-cases.ts'

export interface ObservedCase {
  readonly measured: SoundCase
  readonly found: Breakdown | null
  readonly roof: RoofPlace
}

/** All that a result says about the limit of a case, and of the others of its scenario. */
export function evidenceOf(
  { measured, found, roof }: ObservedCase,
  others: readonly ObservedCase[],
  environment: Pick<Environment, 'cpu'>,
): Evidence {
  const { trials, gauges } = measured
  const isLocal = trials.some(
    ({ perRequest, gauges: own }) => isKnown(perRequest?.serverCpu) || hasServer(own),
  )
  const cores = coresOf(trials, environment)
  const host = meanOf(gauges, /^host\.cpu\.utilization$/)
  return {
    loadThread: most(trials.map(({ engine }) => engine.cpu)),
    lag: shareOf(found, 'lag'),
    foreignCpu: most(trials.map(({ engine }) => engine.foreignCpu)),
    clientCpu: isLocal ? null : host,
    wait: shareOf(found, 'wait'),
    network: shareOf(found, 'network'),
    queue: shareOf(found, 'queue'),
    copy: sum(shareOf(found, 'input'), shareOf(found, 'output')),
    infer: shareOf(found, 'infer') ?? shareOf(found, 'compute'),
    gpuBusy: meanOf(gauges, /^(?:gpu|dcgm)\d+\.utilization$/),
    gpuUnits: meanOf(gauges, /^dcgm\d+\.sm\.active$/),
    gpuBandwidth: meanOf(gauges, /^dcgm\d+\.dram\.active$/),
    powerThrottle: meanOf(gauges, /^gpu\d+\.throttle\.power$/),
    heatThrottle: meanOf(gauges, /^gpu\d+\.throttle\.(?:thermal|hardware)$/),
    powerOfLimit: powerOfLimit(gauges),
    serverCpu: serverCores(measured, cores),
    hostCpu: isLocal ? host : null,
    cpuThrottle: meanOf(gauges, /^server\.cgroup\.cpu\.throttled$/),
    memoryPressure: meanOf(gauges, /^(?:host|server\.cgroup)\.pressure\.memory$/),
    ...crowdOf(measured, environment),
    calmer: calmerThan(measured, others, environment),
    ...roof,
  }
}

/** Of the response time. What the server does not tell of is not 0. */
function shareOf(found: Breakdown | null, stage: string): number | null {
  const mean = found?.stages.find(({ name }) => name === stage)?.mean
  return found === null || mean === undefined || !(found.response > 0) ? null : mean / found.response
}

/** The mean of a gauge; of several devices the highest. */
function meanOf(gauges: SoundCase['gauges'], name: RegExp): number | null {
  return most(Object.entries(gauges).map(([gauge, { mean }]) => (name.test(gauge) ? mean : null)))
}

function powerOfLimit(gauges: SoundCase['gauges']): number | null {
  return most(
    Object.entries(gauges).map(([name, { mean }]) => {
      const limit = /^gpu\d+\.power$/.test(name) ? gauges[`${name}.limit`]?.mean : null
      return mean === null || !isKnown(limit) || !(limit > 0) ? null : mean / limit
    }),
  )
}

function hasServer(gauges: Readonly<Record<string, GaugeSummary>>): boolean {
  return Object.keys(gauges).some((name) => name.startsWith('server.'))
}

/** What the server used of the cores that it may use. */
function serverCores({ gauges, trials }: SoundCase, cores: number): number | null {
  const counted = trials.flatMap(({ perRequest, throughput }) =>
    isKnown(perRequest?.serverCpu) && throughput !== null ? (perRequest.serverCpu * throughput) / 1e9 : [],
  )
  const used =
    meanOf(gauges, /^server\.cpu\.cores$/) ??
    (counted.length === 0 ? null : counted.reduce((all, value) => all + value, 0) / counted.length)
  return used === null ? null : used / cores
}

/** Logical cores that the server may use: those of the machine, or what it was confined to. */
function coresOf(trials: readonly Trial[], { cpu }: Pick<Environment, 'cpu'>): number {
  const plan = trials[0]?.plan.server
  const processes = plan?.replicas?.count ?? 1
  const each = plan?.container?.cpus ?? plan?.limits?.cpus ?? null
  const own = each === null ? Infinity : typeof each === 'number' ? each * processes : countCpus(each)
  return Math.min(cpu.cores, cpu.limit ?? Infinity, own)
}

/** Of a list as `taskset` takes it: `0-3,8` are five. Each process of a server may use them all. */
function countCpus(list: string): number {
  const cpus = new Set(
    list.split(',').flatMap((part) => {
      const [from = NaN, until = from] = part.split('-').map(Number)
      return Array.from(
        { length: Math.min(Math.max(0, until - from + 1), 4096) || 0 },
        (_, index) => from + index,
      )
    }),
  )
  return cpus.size === 0 ? Infinity : cpus.size
}

function crowdOf(
  { gauges, metrics: { throughput } }: SoundCase,
  { cpu }: Pick<Environment, 'cpu'>,
): Pick<Evidence, 'runnable' | 'cpuPressure' | 'involuntary'> {
  // The scheduler's count is of the whole machine, whatever a container may use of it.
  const runnable = meanOf(gauges, /^host\.threads\.runnable$/)
  const switches = meanOf(gauges, /^server\.contextSwitches\.involuntary$/)
  return {
    runnable: runnable === null ? null : runnable / cpu.cores,
    cpuPressure: meanOf(gauges, /^(?:host|server\.cgroup)\.pressure\.cpu$/),
    // Per second they are bounded by the clock of the scheduler.
    involuntary: switches === null || throughput === null || !(throughput > 0) ? null : switches / throughput,
  }
}

/** The case that does most of the same work with fewer threads that could run, and differs in one axis. */
function calmerThan(
  measured: SoundCase,
  others: readonly ObservedCase[],
  environment: Pick<Environment, 'cpu'>,
): Calmer | null {
  const own = crowdOf(measured, environment)
  const work = workOf(measured)
  const rate = measured.metrics.items.throughput ?? measured.metrics.throughput
  if (own.runnable === null || rate === null || !isSaturated(measured)) return null
  const calmer = others.flatMap(({ measured: other }): readonly (Calmer & { readonly rate: number })[] => {
    const crowd = crowdOf(other, environment)
    const reached = other.metrics.items.throughput ?? other.metrics.throughput
    if (!differsInOne(measured, other) || workOf(other) !== work) return []
    if (crowd.runnable === null || reached === null || !(reached > 0)) return []
    if (crowd.runnable >= (own.runnable as number)) return []
    return [
      {
        ...crowd,
        runnable: crowd.runnable,
        name: caseName(other.one.case),
        throughput: rate / reached,
        rate: reached,
      },
    ]
  })
  const [best] = calmer.toSorted((a, b) => b.rate - a.rate)
  if (best === undefined) return null
  const { rate: _, ...found } = best
  return found
}

/** What is asked for: throughputs of different work say nothing about each other. */
function workOf({ trials, metrics }: SoundCase): string {
  const [trial] = trials
  const streams = Object.entries(trial?.plan.streams ?? {}).map(([name, { input, target }]) => [
    name,
    input as unknown as JsonValue,
    target.kind,
    trial?.static?.[name]?.flops ?? null,
  ])
  return canonicalJson([metrics.items.perRequest, streams])
}

/** Whether the throughput is what the target does, and not what it was offered. */
function isSaturated({ trials, metrics }: SoundCase): boolean {
  const loads = Object.values(trials[0]?.plan.streams ?? {}).map(({ load }) => load.loop)
  if (loads.every((loop) => loop === 'closed')) return true
  const { throughput, offeredLoad } = metrics
  return throughput !== null && offeredLoad !== null && throughput < 0.98 * offeredLoad
}

function differsInOne({ one }: SoundCase, { one: other }: SoundCase): boolean {
  const axes = new Set([...Object.keys(one.case), ...Object.keys(other.case)])
  return [...axes].filter((axis) => one.case[axis] !== other.case[axis]).length === 1
}

function isKnown(value: number | null | undefined): value is number {
  return value !== null && value !== undefined
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

function sum(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0)
}
