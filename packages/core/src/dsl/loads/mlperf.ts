import type { ClosedLoadPlan, MlperfPlan, OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { StopRulePlan } from '../../plan/trial-plan.ts'
import type { Duration } from '../../units/duration.ts'
import { SECOND, type Nanos } from '../../units/nanos.ts'
import { readCount, readDuration, readFields, readNumber, type Fields } from '../fields.ts'
import type { Problems } from '../problems.ts'
import type { LoadDefinition } from './definition.ts'
import { readRate, steadyRate } from './rate.ts'

/*
 * The scenarios of MLPerf inference as loads (inference_rules.adoc, section 3): their shape, their percentile with early
 * stopping at 99 % confidence, and their least duration and number of queries. Results made with them carry a note of
 * which rules were kept. They are no official MLPerf results: those come from LoadGen and a review.
 */

interface MlperfOptions {
  /** Least length of the measurement. Default `'600s'`. */
  readonly duration?: Duration
  /** Least number of queries. */
  readonly queries?: number
  /** Of the response time. */
  readonly percentile?: number
}

export type SingleStreamOptions = MlperfOptions
export interface SingleStreamLoad extends SingleStreamOptions {
  readonly load: 'singleStream'
}
export interface MultiStreamOptions extends MlperfOptions {
  /** Samples in each query; the input must have as many items. Default 8. */
  readonly samplesPerQuery?: number
}
export interface MultiStreamLoad extends MultiStreamOptions {
  readonly load: 'multiStream'
}
export interface PoissonServerOptions extends MlperfOptions {
  /** Mean arrivals per second. */
  readonly rate: number
  /** The response time that the percentile must keep; without it, none is judged. */
  readonly limit?: Duration
}
export interface PoissonServerLoad extends PoissonServerOptions {
  readonly load: 'poissonServer'
}
export interface OfflineOptions {
  /** Samples in all. Default 24 576. */
  readonly samples?: number
  /** Samples in each request; the input must have as many items. Default 1. */
  readonly batch?: number
  /** Requests in flight. Default 16. */
  readonly concurrency?: number
}
export interface OfflineLoad extends OfflineOptions {
  readonly load: 'offline'
}

/** MLPerf's SingleStream: one query at a time; the metric is p90. At least 600 s and 1024 queries. */
export function singleStream(options: SingleStreamOptions = {}): SingleStreamLoad {
  return { ...options, load: 'singleStream' }
}

/** MLPerf's MultiStream: one query of eight samples at a time; the metric is p99. At least 600 s and 662 queries. */
export function multiStream(options: MultiStreamOptions = {}): MultiStreamLoad {
  return { ...options, load: 'multiStream' }
}

/** MLPerf's Server: queries of a Poisson process; the metric is the highest rate with p99 within the limit, which this run is one probe of. */
export function poissonServer(options: PoissonServerOptions): PoissonServerLoad {
  return { ...options, load: 'poissonServer' }
}

/** MLPerf's Offline: all samples are there at once; the metric is their throughput. At least 24 576 samples and 600 s. */
export function offline(options: OfflineOptions = {}): OfflineLoad {
  return { ...options, load: 'offline' }
}

const LEAST: Nanos = 600 * SECOND
const CONFIDENCE = 0.99
const MARGIN = 0.1
const SINGLE_QUERIES = 1024
/** What early stopping needs to estimate p99 at all. */
const EARLY_QUERIES = 662
const SAMPLES = 24_576
const MOST_USERS = 1_000_000
const COMMON = ['load', 'duration', 'queries', 'percentile']

export const singleStreamLoad: LoadDefinition<ClosedLoadPlan> = {
  name: 'singleStream',
  plan(fields, path, problems) {
    readFields(problems, path, fields, COMMON)
    const mlperf = readScenario(problems, path, fields, 'SingleStream', 90, SINGLE_QUERIES)
    return mlperf && oneAtATime(mlperf)
  },
  implies: impliedByScenario,
}

export const multiStreamLoad: LoadDefinition<ClosedLoadPlan> = {
  name: 'multiStream',
  plan(fields, path, problems) {
    readFields(problems, path, fields, [...COMMON, 'samplesPerQuery'])
    const samples = countOr(problems, `${path}.samplesPerQuery`, fields['samplesPerQuery'], 8)
    const mlperf = readScenario(problems, path, fields, 'MultiStream', 99, EARLY_QUERIES)
    return mlperf === undefined || samples === undefined
      ? undefined
      : oneAtATime({ ...mlperf, samplesPerQuery: samples })
  },
  implies: impliedByScenario,
}

export const poissonServerLoad: LoadDefinition<OpenLoadPlan> = {
  name: 'poissonServer',
  plan(fields, path, problems) {
    readFields(problems, path, fields, [...COMMON, 'rate', 'limit'])
    const rate = readRate(problems, `${path}.rate`, fields['rate'])
    const limit =
      fields['limit'] === undefined
        ? null
        : readDuration(problems, `${path}.limit`, fields['limit'], 'positive')
    const mlperf = readScenario(problems, path, fields, 'Server', 99, EARLY_QUERIES)
    return rate === undefined || limit === undefined || mlperf === undefined
      ? undefined
      : {
          loop: 'open',
          process: { kind: 'poisson' },
          rate: steadyRate(rate),
          mlperf: { ...mlperf, limit },
        }
  },
  implies: impliedByScenario,
}

export const offlineLoad: LoadDefinition<ClosedLoadPlan> = {
  name: 'offline',
  plan(fields, path, problems) {
    readFields(problems, path, fields, ['load', 'samples', 'batch', 'concurrency'])
    const samples = countOr(problems, `${path}.samples`, fields['samples'], SAMPLES)
    const batch = countOr(problems, `${path}.batch`, fields['batch'], 1)
    const users = countOr(problems, `${path}.concurrency`, fields['concurrency'], 16, MOST_USERS)
    if (samples === undefined || batch === undefined || users === undefined) return undefined
    return {
      loop: 'closed',
      concurrency: users,
      requests: Math.ceil(samples / batch),
      thinkTime: { kind: 'none' },
      mlperf: {
        scenario: 'Offline',
        percentile: null,
        duration: LEAST,
        queries: SAMPLES,
        samplesPerQuery: batch,
        limit: null,
      },
    }
  },
  implies: () => ({ duration: null }),
}

function oneAtATime(mlperf: MlperfPlan): ClosedLoadPlan {
  return { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'none' }, mlperf }
}

function impliedByScenario({ mlperf }: ClosedLoadPlan | OpenLoadPlan): {
  duration?: Nanos
  until?: StopRulePlan
} {
  if (mlperf === undefined || mlperf.percentile === null) return {}
  return {
    duration: mlperf.duration,
    until: {
      rule: 'certified',
      percentile: mlperf.percentile,
      limit: mlperf.limit,
      confidence: CONFIDENCE,
      margin: MARGIN,
      dependence: 'ignored',
      requests: mlperf.queries,
      maximum: 2 * mlperf.duration,
    },
  }
}

function readScenario(
  problems: Problems,
  path: string,
  fields: Fields,
  scenario: MlperfPlan['scenario'],
  usual: number,
  least: number,
): MlperfPlan | undefined {
  const duration =
    fields['duration'] === undefined
      ? LEAST
      : readDuration(problems, `${path}.duration`, fields['duration'], 'positive')
  const queries = countOr(problems, `${path}.queries`, fields['queries'], least)
  const percentile =
    fields['percentile'] === undefined
      ? usual
      : readNumber(problems, `${path}.percentile`, fields['percentile'], { min: 1, max: 99.999 })
  return duration === undefined || queries === undefined || percentile === undefined
    ? undefined
    : { scenario, percentile, duration, queries, samplesPerQuery: 1, limit: null }
}

function countOr(
  problems: Problems,
  path: string,
  value: unknown,
  fallback: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  return value === undefined ? fallback : readCount(problems, path, value, { max })
}
