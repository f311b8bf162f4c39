import { parseDuration, readOption } from 'servebench/plugin'
import type { Duration, JsonObject, Problem } from 'servebench/plugin'
import type { TorchServeModelSettings } from './options.ts'
import type { PlannedSettings } from './plan.ts'

export const SETTINGS = ['workers', 'batchSize', 'maxBatchDelay', 'responseTimeout'] as const
const NANOS_PER_MILLISECOND = 1e6
const NANOS_PER_SECOND = 1e9

/** Settings in TorchServe's units, which are whole ones. */
export function planSettings(
  { workers, batchSize, maxBatchDelay, responseTimeout }: TorchServeModelSettings,
  path: string,
  problems: Problem[],
): PlannedSettings {
  const count = (name: string, value: number, least: number): number => {
    if (!Number.isSafeInteger(value) || value < least)
      problems.push({ path: `${path}.${name}`, message: `must be a whole number of at least ${least}.` })
    return value
  }
  const whole = (name: string, value: Duration, unit: number, word: string): number => {
    const nanos = readOption(`${path}.${name}`, value, parseDuration, 0, problems)
    if (nanos % unit !== 0)
      problems.push({ path: `${path}.${name}`, message: `is counted in whole ${word} by TorchServe.` })
    return nanos / unit
  }
  return {
    ...(workers === undefined ? {} : { workers: count('workers', workers, 0) }),
    ...(batchSize === undefined ? {} : { batchSize: count('batchSize', batchSize, 1) }),
    ...(maxBatchDelay === undefined
      ? {}
      : { maxBatchDelay: whole('maxBatchDelay', maxBatchDelay, NANOS_PER_MILLISECOND, 'milliseconds') }),
    ...(responseTimeout === undefined
      ? {}
      : { responseTimeout: whole('responseTimeout', responseTimeout, NANOS_PER_SECOND, 'seconds') }),
  }
}

/** By the names of an archive's `model-config.yaml` and of `config.properties`. */
export function configOf({
  workers,
  batchSize,
  maxBatchDelay,
  responseTimeout,
}: PlannedSettings): JsonObject {
  return {
    ...(workers === undefined ? {} : { minWorkers: workers, maxWorkers: workers }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(maxBatchDelay === undefined ? {} : { maxBatchDelay }),
    ...(responseTimeout === undefined ? {} : { responseTimeout }),
  }
}
