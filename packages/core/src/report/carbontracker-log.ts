/** Energy of a part of a machine, as carbontracker has it: J and W, `null` where it could not read the part. */
export interface CarbontrackerComponent {
  readonly component: string
  readonly devices: readonly string[]
  readonly power: number | null
  readonly energy: number | null
}

/** What a log of carbontracker says, in the units of results here. */
export interface CarbontrackerLog {
  /** Of all epochs, seconds. */
  readonly duration: number
  readonly epochs: number
  readonly components: readonly CarbontrackerComponent[]
  /** Of all components that could be read, J. */
  readonly energy: number
  /** What it told itself at its end: kWh and grams as J and g; `null` where that is not in the text. */
  readonly consumption: { readonly energy: number; readonly carbon: number | null } | null
}

const DURATION = /Duration: (\d+):(\d{2}):(\d{1,2}(?:\.\d+)?)/g
const FOUND = /The following components were found:(.*)/
const DEVICES = / (\w+) with device\(s\) (.*?)\./g
const POWER = /Average power usage \(W\) for ([^:]+): (\[[^\]]*\]|None|[\d.]+)/g
const ACTUAL =
  /Actual consumption for \d+ epoch\(s\):\s*Time:\s*\S+\s*Energy:\s*([\d.e+-]+)\s+kWh(?:\s*CO2eq:\s*([\d.e+-]+)\s+g)?/i
const JOULES_PER_KWH = 3.6e6

/**
 * Reads the text of `…_carbontracker.log`, of `…_carbontracker_output.log`, or of both, one after the other: to compare
 * what carbontracker found with `trial.energy`. A component that it could not read counts as unknown, not as zero.
 * @throws {TypeError} for text that is neither
 */
export function parseCarbontrackerLog(text: string): CarbontrackerLog {
  const durations = [...text.matchAll(DURATION)].map(
    ([, hours, minutes, seconds]) => Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
  )
  const [, found = ''] = FOUND.exec(text) ?? []
  const devices = new Map(
    [...found.matchAll(DEVICES)].map(([, name = '', list = '']) => [name.toLowerCase(), list]),
  )
  const [, energy, carbon] = ACTUAL.exec(text) ?? []
  if (durations.length === 0 && devices.size === 0 && energy === undefined) {
    throw new TypeError('This is no log of carbontracker.')
  }
  const powers = Map.groupBy(text.matchAll(POWER), ([, component = '']) => component.toLowerCase())
  const components = [...new Set([...devices.keys(), ...powers.keys()])].map((component) => {
    const epochs = (powers.get(component) ?? []).map(([, , list = '']) => sumOf(list))
    const spent = epochs.map((watts, epoch) => watts * (durations[epoch] ?? NaN))
    const joules = spent.reduce((sum, value) => sum + value, 0)
    const isKnown = spent.length > 0 && Number.isFinite(joules)
    const seconds = durations.slice(0, spent.length).reduce((sum, value) => sum + value, 0)
    return {
      component,
      devices: (devices.get(component) ?? '').split(/,\s*/).filter((name) => name !== ''),
      power: isKnown && seconds > 0 ? joules / seconds : null,
      energy: isKnown ? joules : null,
    }
  })
  return {
    duration: durations.reduce((sum, value) => sum + value, 0),
    epochs: durations.length,
    components,
    energy: components.reduce((sum, component) => sum + (component.energy ?? 0), 0),
    consumption:
      energy === undefined
        ? null
        : { energy: Number(energy) * JOULES_PER_KWH, carbon: carbon === undefined ? null : Number(carbon) },
  }
}

/** `[60.1 59.2]`, one power per device; NaN when there was none. */
function sumOf(list: string): number {
  if (list === 'None') return NaN
  const powers = list
    .replaceAll(/[[\],]/g, ' ')
    .split(' ')
    .filter((part) => part !== '')
  return powers.length === 0 ? NaN : powers.reduce((sum, part) => sum + Number(part), 0)
}
