import {
  readOption,
  readSamplerPeriod,
  refuseUnknown,
  ValidationError,
  type JsonObject,
  type Nanos,
  type Problem,
} from '../../plugin.ts'

const KEYS = ['period', 'path']

export interface RaplSettings {
  readonly period: Nanos
  readonly path: string
}

/** @throws {ValidationError} with all that is wrong */
export function readRaplSettings(options: JsonObject): RaplSettings {
  const problems: Problem[] = []
  refuseUnknown(options, KEYS, '', problems)
  const { period = '100ms', path = '/sys/class/powercap' } = options
  const settings = {
    period: readOption('period', period, readSamplerPeriod, 0, problems),
    path: readOption('path', path, readPath, '', problems),
  }
  if (problems.length > 0) throw new ValidationError('The RAPL sampler', problems)
  return settings
}

function readPath(path: unknown): string {
  if (typeof path === 'string' && path !== '') return path
  throw new TypeError(`expected the path of a folder, not ${JSON.stringify(path)}.`)
}
