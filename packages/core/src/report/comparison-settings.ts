import type { Problem } from '../errors/validation-error.ts'
import { suggest } from '../units/suggest.ts'

/** The metrics of a case that a comparison judges. */
export type JudgedMetricName =
  | 'responseTime.p50'
  | 'responseTime.p99'
  | 'throughput'
  | 'goodput'
  | 'errorRate'

/** How two results are judged. */
export interface ComparisonSettings {
  /** The probability of any false alarm in a whole comparison. */
  readonly level: number
  /** The probability with which the advised number of repeats finds what is there. */
  readonly power: number
  /**
   * What is too small a change to matter: for times and rates a share (0.05: from ÷ 1.05 to × 1.05), for `errorRate` a
   * difference (0.001: a tenth of a percentage point).
   */
  readonly thresholds: Readonly<Record<JudgedMetricName, number>>
}

export const DEFAULT_COMPARISON: ComparisonSettings = {
  level: 0.05,
  power: 0.8,
  thresholds: {
    'responseTime.p50': 0.05,
    'responseTime.p99': 0.1,
    throughput: 0.05,
    goodput: 0.05,
    errorRate: 0.001,
  },
}

const METRICS = Object.keys(DEFAULT_COMPARISON.thresholds)

/** What a user may leave out. */
export interface ComparisonOptions {
  /** Default 0.05. */
  readonly level?: number
  /** Default 0.8. */
  readonly power?: number
  /** Defaults: 0.05; `responseTime.p99` 0.1, `errorRate` 0.001. */
  readonly thresholds?: Partial<Readonly<Record<JudgedMetricName, number>>>
}

/** Options over the defaults; adds all that is wrong to `problems`. */
export function readComparisonSettings(
  problems: Problem[],
  value: unknown,
  path: string,
): ComparisonSettings | undefined {
  if (!isObject(value)) {
    problems.push({ path, message: 'expected { level, power, thresholds }.' })
    return undefined
  }
  const before = problems.length
  for (const key of Object.keys(value)) {
    if (!['level', 'power', 'thresholds'].includes(key)) {
      problems.push({
        path: `${path}.${key}`,
        message: 'there is no such option.',
        suggestion: suggest(key, ['level', 'power', 'thresholds']),
      })
    }
  }
  const { level = DEFAULT_COMPARISON.level, power = DEFAULT_COMPARISON.power, thresholds = {} } = value
  if (!isBetween(level, 0, 0.5)) {
    problems.push({ path: `${path}.level`, message: 'expected a probability above 0 and below 0.5.' })
  }
  if (!isBetween(power, 0.5, 1)) {
    problems.push({ path: `${path}.power`, message: 'expected a probability above 0.5 and below 1.' })
  }
  if (!isObject(thresholds)) {
    problems.push({ path: `${path}.thresholds`, message: 'expected an object such as { throughput: 0.05 }.' })
    return undefined
  }
  for (const [metric, threshold] of Object.entries(thresholds)) {
    if (!METRICS.includes(metric)) {
      problems.push({
        path: `${path}.thresholds.${metric}`,
        message: `there is no such metric; judged are ${METRICS.join(', ')}.`,
        suggestion: suggest(metric, METRICS),
      })
    } else if (!isBetween(threshold, 0, 10)) {
      problems.push({
        path: `${path}.thresholds.${metric}`,
        message: 'expected a share above 0, such as 0.05.',
      })
    }
  }
  if (problems.length > before) return undefined
  return {
    level: level as number,
    power: power as number,
    thresholds: { ...DEFAULT_COMPARISON.thresholds, ...(thresholds as Partial<Record<string, number>>) },
  }
}

/** `responseTime.p99=0.2` or `=20%`, from the command line, as options. */
export function parseThresholds(problems: Problem[], texts: readonly string[]): Record<string, number> {
  const thresholds: Record<string, number> = {}
  for (const text of texts) {
    const [, metric, number, percent] = /^([\w.]+)=(\d*\.?\d+)(%?)$/.exec(text) ?? []
    if (metric === undefined) {
      problems.push({
        path: '--threshold',
        message: `'${text}' is not like responseTime.p99=0.2 or throughput=5%.`,
      })
    } else thresholds[metric] = Number(number) / (percent === '%' ? 100 : 1)
  }
  return thresholds
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Both ends excluded. */
function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value > low && value < high
}
