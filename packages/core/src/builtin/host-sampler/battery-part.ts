import { join } from 'node:path'
import type { Gauge } from '../../session.ts'
import { levelGauge, type HostPart } from './host-part.ts'
import { namesIn, numberOf, textOf } from './sys-folder.ts'

/** µWh in a joule, so to speak: one µWh is 3.6 mJ. */
const JOULES_PER_MICROWATTHOUR = 0.0036

/** The first battery of a machine; `null` where it has none. */
export function findBattery(sys = '/sys'): string | null {
  const folder = join(sys, 'class/power_supply')
  const name = namesIn(folder).find(
    (supply) =>
      textOf(join(folder, supply, 'type')) === 'Battery' &&
      textOf(join(folder, supply, 'scope')) !== 'Device',
  )
  return name === undefined ? null : join(folder, name)
}

/** Charge of the battery, and what the machine draws from it while nothing charges it. */
export class BatteryPart implements HostPart {
  readonly gauges: readonly Gauge[] = [
    {
      ...levelGauge('battery.power', 'W', [0, 10_000]),
      power: { scope: 'system', method: 'instant' },
    },
    levelGauge('battery.charge', '1', [0, 1]),
    levelGauge('battery.energy', 'J'),
    levelGauge('battery.capacity', 'J'),
  ]
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  read(into: Float64Array): void {
    const value = (name: string): number => numberOf(join(this.#folder, name))
    const volts = value('voltage_now') / 1e6
    // At the mains a battery says nothing about what the machine draws.
    if (textOf(join(this.#folder, 'status')) === 'Discharging') {
      const watts = value('power_now') / 1e6
      // The sign of the current is a matter of the driver's taste.
      into[0] = Math.abs(Number.isNaN(watts) ? (value('current_now') / 1e6) * volts : watts)
    }
    // A charge is an energy at the voltage that the battery was made for.
    const nominal = value('voltage_min_design') / 1e6
    const joules = (kind: 'now' | 'full'): number => {
      const energy = value(`energy_${kind}`)
      const charge = value(`charge_${kind}`) * (Number.isNaN(nominal) ? volts : nominal)
      return (Number.isNaN(energy) ? charge : energy) * JOULES_PER_MICROWATTHOUR
    }
    into[2] = joules('now')
    into[3] = joules('full')
    const share = value('capacity') / 100
    into[1] = Math.min(1, Number.isNaN(share) ? joules('now') / joules('full') : share)
  }
}
