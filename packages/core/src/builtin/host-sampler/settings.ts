import {
  readOption,
  readSamplerPeriod,
  refuseUnknown,
  ValidationError,
  type JsonObject,
  type Nanos,
  type Problem,
} from '../../plugin.ts'

/** What is read only when it is asked for. */
export const HOST_PARTS = [
  'network',
  'disk',
  'scheduling',
  'pressure',
  'cgroup',
  'battery',
  'thermal',
] as const
type HostPartName = (typeof HOST_PARTS)[number]

export interface HostSettings extends Readonly<Record<HostPartName, boolean>> {
  readonly period: Nanos
  /** Where the trees of the measured servers' processes begin. */
  readonly processes: readonly number[]
}

/** @throws {ValidationError} with all that is wrong */
export function readHostSettings(options: JsonObject, processes: readonly number[]): HostSettings {
  const problems: Problem[] = []
  refuseUnknown(options, ['period', ...HOST_PARTS], '', problems)
  const { period = '250ms' } = options
  const parts = Object.fromEntries(
    HOST_PARTS.map((name) => [name, readOption(name, options[name] ?? false, readSwitch, false, problems)]),
  ) as Record<HostPartName, boolean>
  const settings = {
    period: readOption('period', period, readSamplerPeriod, 0, problems),
    ...parts,
    processes,
  }
  if (problems.length > 0) throw new ValidationError('The host sampler', problems)
  return settings
}

function readSwitch(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`expected true or false, not ${JSON.stringify(value)}.`)
}
