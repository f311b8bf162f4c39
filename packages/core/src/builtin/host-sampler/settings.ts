import { parseDuration, ServebenchError, suggest, type JsonObject, type Nanos } from '../../plugin.ts'

const KEYS = ['period', 'network']

export interface HostSettings {
  readonly period: Nanos
  readonly network: boolean
  /** Where the trees of the measured servers' processes begin. */
  readonly processes: readonly number[]
}

/** @throws {ServebenchError} `SERVEBENCH_SAMPLER_OPTIONS` */
export function readHostSettings(options: JsonObject, processes: readonly number[]): HostSettings {
  for (const key of Object.keys(options)) {
    if (KEYS.includes(key)) continue
    const meant = suggest(key, KEYS)
    throw invalid(
      `The host sampler has no option '${key}'.`,
      meant === undefined ? `Its options are ${KEYS.join(' and ')}.` : `Did you mean '${meant}'?`,
    )
  }
  const { period = '250ms', network = false } = options
  if (typeof network !== 'boolean') {
    throw invalid(
      `The host sampler's option 'network' is true or false, not ${JSON.stringify(network)}.`,
      null,
    )
  }
  return { period: readPeriod(period), network, processes }
}

function readPeriod(period: unknown): Nanos {
  try {
    const nanos = parseDuration(period as string)
    if (nanos >= 10e6) return nanos
  } catch {
    // It is told below.
  }
  throw invalid(
    `The host sampler's option 'period' is a duration from '10ms', not ${JSON.stringify(period)}.`,
    null,
  )
}

function invalid(message: string, advice: string | null): ServebenchError {
  return new ServebenchError('SERVEBENCH_SAMPLER_OPTIONS', message, advice === null ? {} : { advice })
}
