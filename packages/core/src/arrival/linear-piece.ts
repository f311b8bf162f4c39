/*
 * A rate that runs linearly: what it gains over a time, and the time it takes to gain something. Both in the units of
 * the rate's argument; a slope is the rate's change per unit.
 */

export function gainAfter(rate: number, slope: number, time: number): number {
  return (rate + 0.5 * slope * time) * time
}

/** How long it takes to gain `due`; NaN or Infinity when that never happens. */
export function timeToGain(rate: number, slope: number, due: number): number {
  if (slope === 0) return due / rate
  // rate·x + slope/2·x² = due, in the form that loses no digits when the slope or the rate is near 0.
  const square = rate * rate + 2 * slope * due
  if (square < 0) return Infinity
  return due === 0 ? 0 : (2 * due) / (rate + Math.sqrt(square))
}
