import { readOption, readSamplerPeriod, refuseUnknown, ValidationError } from 'servebench/plugin'
import type { JsonObject, Nanos, Problem } from 'servebench/plugin'

const KEYS = ['period', 'devices', 'pcie', 'library']
const MOST_DEVICES = 1024

/** With everything decided; plain data. */
export interface NvmlSettings {
  readonly period: Nanos
  /** `null`: all. */
  readonly devices: readonly (number | string)[] | null
  readonly pcie: boolean
  /** Tried in this order. */
  readonly libraries: readonly string[]
  /** Of the measured servers on this machine. */
  readonly processes: readonly number[]
}

/** @throws {ValidationError} with all that is wrong */
export function readSettings(options: JsonObject, processes: readonly number[]): NvmlSettings {
  const problems: Problem[] = []
  refuseUnknown(options, KEYS, '', problems)
  const { period = '20ms', devices = null, pcie = false, library = null } = options
  const settings = {
    period: readOption('period', period, readSamplerPeriod, 0, problems),
    devices: readOption('devices', devices, readDevices, null, problems),
    pcie: readOption('pcie', pcie, readSwitch, false, problems),
    libraries: readOption('library', library, readLibraries, [], problems),
    processes,
  }
  if (problems.length > 0) throw new ValidationError('The NVML sampler', problems)
  return settings
}

function readDevices(value: unknown): NvmlSettings['devices'] {
  if (value === null) return null
  const isDevice = (device: unknown): boolean =>
    typeof device === 'number'
      ? Number.isInteger(device) && device >= 0 && device < MOST_DEVICES
      : typeof device === 'string' && /^GPU-[\da-f-]{4,64}$/i.test(device)
  if (Array.isArray(value) && value.length > 0 && value.every(isDevice)) return value as (number | string)[]
  throw new TypeError(
    `expected a list of numbers or UUIDs of GPUs, such as [0] or ['GPU-5f…'], not ${JSON.stringify(value)}.`,
  )
}

function readSwitch(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`expected true or false, not ${JSON.stringify(value)}.`)
}

function readLibraries(value: unknown): readonly string[] {
  if (value === null) {
    return process.platform === 'win32'
      ? ['nvml.dll', 'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvml.dll']
      : ['libnvidia-ml.so.1', '/usr/lib/wsl/lib/libnvidia-ml.so.1']
  }
  if (typeof value === 'string' && value !== '') return [value]
  throw new TypeError(`expected the path or name of a library, not ${JSON.stringify(value)}.`)
}
