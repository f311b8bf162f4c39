/** Joules in a kilowatt-hour. */
const JOULES_PER_KWH = 3.6e6

/**
 * Grams of CO2e for so much energy of IT equipment.
 * @param intensity g CO2e per kWh of the grid
 * @param pue power usage effectiveness of the data centre: 1 for energy that was metered at its door
 */
export function carbonOf(joules: number, intensity: number, pue: number): number {
  return (joules * intensity * pue) / JOULES_PER_KWH
}

export interface EmbodiedCarbon {
  /** kg CO2e of making the hardware. */
  readonly kilograms: number
  /** How long it is used. */
  readonly years: number
  /** Share of it that the server occupies, 0 to 1. */
  readonly share: number
}

const SECONDS_PER_YEAR = 365.25 * 24 * 3600

/** Grams of the hardware's making that belong to so many seconds of use. */
export function embodiedOver(seconds: number, { kilograms, years, share }: EmbodiedCarbon): number {
  return ((kilograms * 1000 * seconds) / (years * SECONDS_PER_YEAR)) * share
}

/** Software Carbon Intensity (ISO/IEC 21031): (E·I + M) / R, here grams per item. */
export function softwareCarbonIntensity(operational: number, embodied: number, items: number): number | null {
  return items > 0 ? (operational + embodied) / items : null
}
