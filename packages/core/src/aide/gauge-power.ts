import { integrateInstants, integrateMeans } from '../metrics/energy/integrate-power.ts'
import type { PowerReading } from '../metrics/energy/power-reading.ts'
import type { Nanos } from '../units/nanos.ts'
import type { SamplerDescription } from './describe-sampler.ts'
import type { GaugeLog } from './gauge-log.ts'

/** The energy of each gauge that is a source of it, over a stretch of time. */
export function readPower(
  { gauges, period }: SamplerDescription,
  log: GaugeLog,
  from: Nanos,
  until: Nanos,
): readonly PowerReading[] {
  return gauges.flatMap(({ name, device, power }, gauge): PowerReading[] => {
    if (power === undefined) return []
    const series = {
      rows: log.rows,
      from: (row: number) => log.from(gauge, row),
      until: (row: number) => log.until(row),
      value: (row: number) => log.value(gauge, row),
    }
    const energy =
      power.method === 'instant'
        ? integrateInstants(series, from, until, period)
        : integrateMeans(series, from, until)
    return [{ gauge: name, device, ...power, ...energy }]
  })
}
