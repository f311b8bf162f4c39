import type { Trial, WindowResult } from '../report/result.ts'
import { SECOND } from '../units/nanos.ts'
import type { GaugeSeries } from './steady-state.ts'

/** Fewer say nothing about a drift, and gaps in the middle would bend its time. */
const LEAST_COVERAGE = 0.9

/**
 * Gauges of what may leak or fill up, in bytes, as series of seconds over the measurement. One that samplers missed for
 * more than a tenth of the time is left out; in the others a second without a reading has the value of the one before.
 */
export function gaugeSeries(
  windows: readonly WindowResult[],
  gauges: Trial['gauges'],
): readonly GaugeSeries[] {
  const measured = windows.filter((window) => window.phase === 'measurement')
  return Object.entries(gauges).flatMap(([name, { unit }]) => {
    if (unit !== 'By') return []
    const readings = measured.map((window) => window.gauges?.[name] ?? null)
    const known = readings.filter((reading) => reading !== null)
    if (known.length === 0 || known.length < measured.length * LEAST_COVERAGE) return []
    let last = known[0] as number
    return [
      {
        name,
        unit,
        period: SECOND,
        values: Float64Array.from(readings, (reading) => (last = reading ?? last)),
      },
    ]
  })
}
