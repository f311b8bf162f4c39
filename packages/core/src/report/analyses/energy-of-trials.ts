import type { Trial } from '../result.ts'

/** Joules per item over some trials together; `null` unless all of them know it. */
export function energyPerItem(trials: readonly Trial[]): number | null {
  let joules = 0
  let items = 0
  for (const { energy } of trials) {
    if (energy === null || energy.perItem === null || !(energy.perItem > 0)) return null
    joules += energy.energy
    items += energy.energy / energy.perItem
  }
  return items > 0 ? joules / items : null
}
