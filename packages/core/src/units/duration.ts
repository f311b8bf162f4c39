import { ServebenchError } from '../errors/servebench-error.ts'
import type { Nanos } from './nanos.ts'

/** A length of time with its unit, such as `'250us'`, `'50ms'`, `'30s'`, `'5m'` or `'24h'`. */
export type Duration = `${number}${'ns' | 'us' | 'ms' | 's' | 'm' | 'h'}`

const FACTORS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/**
 * Reads a {@link Duration}; fractions are allowed, the result is rounded to whole nanoseconds.
 * @throws {ServebenchError} `SERVEBENCH_DURATION` when the text is not a finite, non-negative number with a unit.
 */
export function parseDuration(text: string): Nanos {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)$/.exec(text.trim())
  const factor = match && FACTORS[match[2] as string]
  if (!match || factor === undefined || factor === null) {
    throw new ServebenchError('SERVEBENCH_DURATION', `'${text}' is not a duration.`, {
      advice: "Write a number with a unit, for example '500us', '50ms', '30s', '5m' or '24h'.",
    })
  }
  return Math.round(Number(match[1]) * factor)
}

/** Writes a duration with three significant digits in its natural unit: `1.25 ms`, `830 µs`, `12.0 s`. */
export function formatDuration(nanos: Nanos): string {
  if (!Number.isFinite(nanos)) return nanos > 0 ? '∞' : '–'
  const size = Math.abs(nanos)
  if (size < 999.5) return `${Math.round(nanos)} ns`
  if (size < 999.5e3) return `${significant(nanos / 1e3)} µs`
  if (size < 999.5e6) return `${significant(nanos / 1e6)} ms`
  if (size < 120e9) return `${significant(nanos / 1e9)} s`
  if (size < 7200e9) return `${significant(nanos / 60e9)} min`
  return `${significant(nanos / 3600e9)} h`
}

function significant(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)
}
