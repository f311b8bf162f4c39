import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { parseDuration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { suggest } from '../units/suggest.ts'
import type { SloPlan, SloTerm } from './slo-plan.ts'

const LATENCIES = ['responseTime', 'serviceTime', 'firstByte', 'messageGap'] as const
const RATES = ['throughput', 'goodput'] as const
const GAUGE_STATISTICS = ['mean', 'max', 'p95', 'min'] as const
const KEYS = [...LATENCIES, 'errorRate', ...RATES, 'gauges', 'deadline', 'p50', 'p90', 'p95', 'p99', 'p99.9']

type LatencyMetric = (typeof LATENCIES)[number]

/**
 * Checks what a bench author wrote and turns it into data.
 * @param slo a `Slo`, or anything that a bench file without types may hold
 * @throws {ValidationError} with all problems at once
 */
export function parseSlo(slo: unknown): SloPlan {
  const problems: Problem[] = []
  const plan = readSlo(slo, 'slo', problems)
  if (problems.length > 0) throw new ValidationError('The SLO', problems)
  return plan
}

/** As {@link parseSlo}, but adds to `problems` (with paths below `path`) instead of throwing. */
export function readSlo(slo: unknown, path: string, problems: Problem[]): SloPlan {
  const terms: SloTerm[] = []
  let deadline: Nanos | null = null
  if (!isRecord(slo)) {
    problems.push({
      path,
      message: `expected an object such as { p99: '50ms', errorRate: 0.001 }, not ${show(slo)}.`,
    })
    return { terms, deadline }
  }
  for (const [key, value] of Object.entries(slo)) {
    const at = `${path}.${key}`
    if (value === undefined) continue
    if (key.startsWith('p') && percentileOf(key) !== null)
      readLatency('responseTime', key, value, at, terms, problems)
    else if (isOneOf(LATENCIES, key)) readLatencies(key, value, at, terms, problems)
    else if (key === 'errorRate') readErrorRate(value, at, terms, problems)
    else if (isOneOf(RATES, key)) readRate(key, value, at, terms, problems)
    else if (key === 'gauges') readGauges(value, at, terms, problems)
    else if (key === 'deadline') deadline = readDuration(value, at, problems)
    else problems.push(unknownKey(key, at, KEYS))
  }
  reportDuplicates(terms, path, problems)
  return { terms, deadline: deadline ?? largestResponseTime(terms) }
}

/** The name of a term in results: `responseTime.p99`, `errorRate`, `gauges.gpu.power.mean`. */
export function sloTermName(term: SloTerm): string {
  switch (term.metric) {
    case 'errorRate':
    case 'throughput':
    case 'goodput':
      return term.metric
    case 'gauge':
      return `gauges.${term.gauge}.${term.statistic}`
    default:
      return `${term.metric}.${typeof term.statistic === 'string' ? term.statistic : `p${term.statistic.percentile}`}`
  }
}

/** The largest limit on response time, whatever its statistic; `null` without one. */
export function largestResponseTime(terms: readonly SloTerm[]): Nanos | null {
  let largest: Nanos | null = null
  for (const term of terms) {
    if (term.metric === 'responseTime') largest = Math.max(largest ?? 0, term.limit)
  }
  return largest
}

function readLatencies(
  metric: LatencyMetric,
  value: unknown,
  path: string,
  terms: SloTerm[],
  problems: Problem[],
): void {
  if (!isRecord(value)) {
    problems.push({ path, message: `expected limits such as { p99: '50ms' }, not ${show(value)}.` })
    return
  }
  for (const [key, limit] of Object.entries(value)) {
    if (limit !== undefined) readLatency(metric, key, limit, `${path}.${key}`, terms, problems)
  }
}

function readLatency(
  metric: LatencyMetric,
  key: string,
  value: unknown,
  path: string,
  terms: SloTerm[],
  problems: Problem[],
): void {
  const percentile = percentileOf(key)
  if (percentile === null && key !== 'mean' && key !== 'max') {
    problems.push(unknownKey(key, path, ['mean', 'max', 'p50', 'p90', 'p95', 'p99', 'p99.9']))
    return
  }
  if (percentile !== null && !(percentile > 0 && percentile <= 100)) {
    problems.push({ path, message: 'a percentile lies above 0 and at most at 100.' })
    return
  }
  const limit = readDuration(value, path, problems)
  if (limit === null) return
  terms.push({ metric, statistic: percentile === null ? (key as 'mean' | 'max') : { percentile }, limit })
}

function readErrorRate(value: unknown, path: string, terms: SloTerm[], problems: Problem[]): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) terms.push({ metric: 'errorRate', limit: value })
  else problems.push({ path, message: `expected a share from 0 to 1 (0.001 is 0.1 %), not ${show(value)}.` })
}

function readRate(
  metric: (typeof RATES)[number],
  value: unknown,
  path: string,
  terms: SloTerm[],
  problems: Problem[],
): void {
  if (isPositive(value)) terms.push({ metric, limit: value })
  else problems.push({ path, message: `expected a positive number per second, not ${show(value)}.` })
}

function readGauges(value: unknown, path: string, terms: SloTerm[], problems: Problem[]): void {
  if (!isRecord(value)) {
    problems.push({
      path,
      message: `expected limits by gauge such as { 'host.cpu': { mean: 0.8 } }, not ${show(value)}.`,
    })
    return
  }
  for (const [gauge, limits] of Object.entries(value)) {
    const at = `${path}.${gauge}`
    if (!isRecord(limits)) {
      problems.push({ path: at, message: `expected limits such as { mean: 0.8 }, not ${show(limits)}.` })
      continue
    }
    for (const [statistic, limit] of Object.entries(limits)) {
      if (limit === undefined) continue
      if (!isOneOf(GAUGE_STATISTICS, statistic)) {
        problems.push(unknownKey(statistic, `${at}.${statistic}`, GAUGE_STATISTICS))
      } else if (typeof limit !== 'number' || !Number.isFinite(limit)) {
        problems.push({
          path: `${at}.${statistic}`,
          message: `expected a number in the gauge's unit, not ${show(limit)}.`,
        })
      } else {
        terms.push({ metric: 'gauge', gauge, statistic, limit, side: statistic === 'min' ? 'min' : 'max' })
      }
    }
  }
}

function readDuration(value: unknown, path: string, problems: Problem[]): Nanos | null {
  if (typeof value !== 'string') {
    problems.push({ path, message: `expected a duration with its unit such as '50ms', not ${show(value)}.` })
    return null
  }
  try {
    const nanos = parseDuration(value)
    if (nanos > 0) return nanos
    problems.push({ path, message: 'must be longer than 0.' })
  } catch {
    problems.push({
      path,
      message: `${show(value)} is not a duration; write a number with its unit such as '50ms'.`,
    })
  }
  return null
}

function reportDuplicates(terms: readonly SloTerm[], path: string, problems: Problem[]): void {
  const seen = new Set<string>()
  for (const term of terms) {
    const name = sloTermName(term)
    if (seen.has(name)) problems.push({ path: `${path}.${name}`, message: 'is given twice.' })
    seen.add(name)
  }
}

function percentileOf(key: string): number | null {
  return /^p\d+(\.\d+)?$/.test(key) ? Number(key.slice(1)) : null
}

function unknownKey(key: string, path: string, known: readonly string[]): Problem {
  return {
    path,
    message: `'${key}' is unknown here. Known: ${known.join(', ')}.`,
    suggestion: suggest(key, known),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value)
}

function isOneOf<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name)
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}
