import {
  readOption,
  readSamplerPeriod,
  refuseUnknown,
  ValidationError,
  type JsonObject,
  type Nanos,
  type Problem,
} from '../../plugin.ts'

export interface PowerModelSettings {
  readonly idle: number
  readonly busy: number
  readonly memory: number
  readonly period: Nanos
}

/** @throws {ValidationError} with all that is wrong */
export function readPowerModelSettings(options: JsonObject): PowerModelSettings {
  const problems: Problem[] = []
  refuseUnknown(options, ['idle', 'busy', 'memory', 'period'], '', problems)
  const { memory = 0, period = '250ms' } = options
  const watts = (name: string, value: unknown): number => readOption(name, value, readWatts, NaN, problems)
  const settings = {
    idle: watts('idle', options['idle']),
    busy: watts('busy', options['busy']),
    memory: watts('memory', memory),
    period: readOption('period', period, readSamplerPeriod, 0, problems),
  }
  if (settings.busy < settings.idle) {
    problems.push({ path: 'busy', message: `expected no less than at rest (${settings.idle} W).` })
  }
  if (problems.length > 0) throw new ValidationError('The power model', problems)
  return settings
}

function readWatts(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1e6) return value
  throw new TypeError(`expected watts from 0 to 1000000, not ${JSON.stringify(value)}.`)
}
