import { parseDuration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'

const LEAST: Nanos = 10e6

/**
 * Reads the option `period` of a sampler.
 * @throws {TypeError} for what is no duration from `'10ms'`, in a sentence that follows the option's name
 */
export function readSamplerPeriod(period: unknown): Nanos {
  try {
    const nanos = parseDuration(period as string)
    if (nanos >= LEAST) return nanos
  } catch {
    // It is told below.
  }
  throw new TypeError(`expected a duration from '10ms', not ${JSON.stringify(period)}.`)
}
