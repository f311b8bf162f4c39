import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'

/** What a device can do at most with one type of number. */
export interface Peak {
  /** `FP32`, `TF32`, `FP16`, `BF16`, `FP8`, `FP4`, `INT8`. */
  readonly type: string
  /** Who computes: the vector units, or those for matrices. */
  readonly unit: 'vector' | 'tensor'
  /** Operations per second; a multiply-add is two. */
  readonly dense: number
  /** With half of the weights left out in a pattern: never to be compared with dense ones. */
  readonly sparse?: number
  /** The type that sums are kept in. */
  readonly accumulate?: string
}

export interface DevicePeaks {
  readonly name: string
  readonly kind: 'cpu' | 'gpu' | 'accelerator'
  /** Lists of words; a device whose name has all of one list is this one. */
  readonly match: readonly (readonly string[])[]
  /** Words that its name must not have. */
  readonly without?: readonly string[]
  /** Of a CPU: physical cores that the peaks are for; those of a machine with fewer are in proportion. */
  readonly cores?: number
  /** Hz. */
  readonly clock?: number
  /** Of several entries of a type, the first is the usual way to compute. */
  readonly peaks: readonly Peak[]
  /** Bytes. */
  readonly memory?: number
  /** Bytes per second. */
  readonly bandwidth: number
  /** Watts. */
  readonly power?: number
  readonly source: string
  readonly note?: string
}

export interface PeaksFile {
  /** The day of the last change. */
  readonly updated: string
  readonly devices: readonly DevicePeaks[]
}

const BUILT_IN = '../../data/hardware-peaks.json'
const LARGEST_FILE = 4 * 1024 * 1024

/**
 * The peaks that come with servebench and, before them, those of a file of the user's, and those of plugins.
 * @param file of the same form as `data/hardware-peaks.json`; its devices win over all others
 * @param added by plugins; they win over built-in ones
 * @throws {ValidationError} with all problems of the file at once
 */
export function loadPeaks(file: string | null = null, added: readonly DevicePeaks[] = []): PeaksFile {
  const builtIn = parsePeaks(
    readFileSync(fileURLToPath(new URL(BUILT_IN, import.meta.url)), 'utf8'),
    'hardware-peaks.json',
  )
  checkAdded(added)
  const own = file === null ? null : parsePeaks(readOwn(file), file)
  return {
    updated: own?.updated ?? builtIn.updated,
    devices: [...(own?.devices ?? []), ...added, ...builtIn.devices],
  }
}

function checkAdded(devices: readonly DevicePeaks[]): void {
  const problems: Problem[] = []
  for (const [index, device] of devices.entries()) checkDevice(device, `devices[${index}]`, problems)
  if (problems.length > 0) throw new ValidationError('Peaks that plugins have added', problems)
}

function readOwn(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length > LARGEST_FILE) throw new Error('it is larger than 4 MiB')
    return text
  } catch (error) {
    throw new ServebenchError(
      'SERVEBENCH_PEAKS',
      `The peaks file '${file}' cannot be read: ${(error as Error).message}.`,
      {
        advice: 'Give a JSON file with "updated" and "devices"; `servebench peaks --save FILE` writes one.',
        cause: error,
      },
    )
  }
}

/** @throws {ValidationError} with all problems at once */
export function parsePeaks(text: string, name: string): PeaksFile {
  const problems: Problem[] = []
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new ValidationError(`The peaks file '${name}'`, [
      { path: '(all)', message: `is no JSON: ${(error as Error).message}.` },
    ])
  }
  const { updated, devices } = (isObject(content) ? content : {}) as Partial<PeaksFile>
  if (typeof updated !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(updated))
    problems.push({ path: 'updated', message: "must be a day, such as '2026-11-22'." })
  if (!Array.isArray(devices)) problems.push({ path: 'devices', message: 'must be a list of devices.' })
  else for (const [index, device] of devices.entries()) checkDevice(device, `devices[${index}]`, problems)
  if (problems.length > 0) throw new ValidationError(`The peaks file '${name}'`, problems)
  return { updated: updated as string, devices: devices as DevicePeaks[] }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const REQUIRED_NUMBERS = ['bandwidth'] as const
const OPTIONAL_NUMBERS = ['cores', 'clock', 'memory', 'power'] as const

function checkDevice(device: unknown, path: string, problems: Problem[]): void {
  if (!isObject(device)) {
    problems.push({ path, message: 'must be an object.' })
    return
  }
  const report = (name: string, message: string): number =>
    problems.push({ path: `${path}.${name}`, message })
  for (const name of ['name', 'source'])
    if (typeof device[name] !== 'string' || device[name] === '') report(name, 'must be text.')
  if (!['cpu', 'gpu', 'accelerator'].includes(device['kind'] as string))
    report('kind', "must be 'cpu', 'gpu' or 'accelerator'.")
  if (!Array.isArray(device['match']) || !device['match'].every(isWords) || device['match'].length === 0)
    report('match', "must be a list of lists of words, such as [['a100', '80gb']].")
  if (device['without'] !== undefined && !isWords(device['without']))
    report('without', 'must be a list of words.')
  for (const name of REQUIRED_NUMBERS)
    if (!isPositive(device[name])) report(name, 'must be a number above 0.')
  for (const name of OPTIONAL_NUMBERS)
    if (device[name] !== undefined && !isPositive(device[name])) report(name, 'must be a number above 0.')
  if (!Array.isArray(device['peaks'])) report('peaks', 'must be a list.')
  else
    for (const [index, peak] of device['peaks'].entries())
      checkPeak(peak, `${path}.peaks[${index}]`, problems)
}

function checkPeak(peak: unknown, path: string, problems: Problem[]): void {
  if (!isObject(peak) || typeof peak['type'] !== 'string' || !isPositive(peak['dense'])) {
    problems.push({ path, message: "must be like { type: 'FP16', unit: 'tensor', dense: 65e12 }." })
    return
  }
  if (peak['unit'] !== 'vector' && peak['unit'] !== 'tensor')
    problems.push({ path: `${path}.unit`, message: "must be 'vector' or 'tensor'." })
  if (peak['sparse'] !== undefined && !isPositive(peak['sparse']))
    problems.push({ path: `${path}.sparse`, message: 'must be a number above 0.' })
}

function isWords(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string' && word !== '')
  )
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
