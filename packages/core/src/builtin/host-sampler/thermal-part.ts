import { join } from 'node:path'
import type { Gauge } from '../../session.ts'
import { levelGauge, type HostPart } from './host-part.ts'
import { namesIn, numberOf, textOf } from './sys-folder.ts'

/** Sensors that are there but switched off say something like −273 °C. */
const PLAUSIBLE: Gauge['bounds'] = [-100, 200]

/** Temperatures by thermal zone, and the mean clock of the cores. */
export class ThermalPart implements HostPart {
  readonly gauges: readonly Gauge[]
  readonly #zones: readonly string[]
  readonly #clocks: readonly string[]

  constructor(sys = '/sys') {
    const zones = join(sys, 'class/thermal')
    const cores = join(sys, 'devices/system/cpu')
    this.#zones = namesIn(zones)
      .filter((name) => /^thermal_zone\d+$/.test(name))
      .map((name) => join(zones, name))
    this.#clocks = namesIn(cores)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => join(cores, name, 'cpufreq/scaling_cur_freq'))
      .filter((path) => textOf(path) !== '')
    const names = new Set<string>()
    const temperatures = this.#zones.map((zone, index) => {
      const word = textOf(join(zone, 'type')).replaceAll(/[^\w-]/g, '-')
      const name = names.has(word) || word === '' ? `${word || 'zone'}-${index}` : word
      names.add(name)
      return { ...levelGauge(`temperature.${name}`, 'Cel', PLAUSIBLE), device: `thermal_zone${index}` }
    })
    this.gauges = [
      ...temperatures,
      ...(this.#clocks.length === 0 ? [] : [levelGauge('host.cpu.clock', 'Hz')]),
    ]
  }

  read(into: Float64Array): void {
    for (const [index, zone] of this.#zones.entries()) {
      const celsius = numberOf(join(zone, 'temp')) / 1000
      if (celsius > -100 && celsius < 200) into[index] = celsius
    }
    if (this.#clocks.length === 0) return
    const sum = this.#clocks.reduce((all, path) => all + numberOf(path), 0)
    into[this.#zones.length] = (sum / this.#clocks.length) * 1000
  }
}
