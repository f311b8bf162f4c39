import type { GaugeSummary } from './result.ts'

export interface GaugePart {
  readonly gauges: Readonly<Record<string, GaugeSummary>>
  readonly seconds: number
}

/**
 * Gauges over several repeats: means weighted by covered time. A p95 cannot be had from p95s: the largest of them is
 * an upper bound, which is what an SLO needs.
 */
export function poolGauges(parts: readonly GaugePart[]): Readonly<Record<string, GaugeSummary>> {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only.gauges
  const names = new Set(parts.flatMap((part) => Object.keys(part.gauges)))
  return Object.fromEntries([...names].map((name) => [name, poolGauge(name, parts)] as const))
}

function poolGauge(name: string, parts: readonly GaugePart[]): GaugeSummary {
  const known = parts.flatMap(({ gauges, seconds }) => {
    const gauge = gauges[name]
    return gauge === undefined ? [] : [{ gauge, seconds, covered: seconds * gauge.coverage }]
  })
  const [{ gauge: first }] = known as [(typeof known)[number]]
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0)
  const covered = known.reduce((sum, part) => sum + part.covered, 0)
  const weighted = known.reduce((sum, part) => sum + part.covered * (part.gauge.mean ?? 0), 0)
  const complete = known.every((part) => part.gauge.mean !== null)
  return {
    unit: first.unit,
    device: first.device,
    mean: complete && covered > 0 ? weighted / covered : null,
    min: extreme(
      known.map((part) => part.gauge.min),
      Math.min,
    ),
    max: extreme(
      known.map((part) => part.gauge.max),
      Math.max,
    ),
    p95: extreme(
      known.map((part) => part.gauge.p95),
      Math.max,
    ),
    coverage: seconds > 0 ? covered / seconds : 0,
  }
}

function extreme(values: readonly (number | null)[], pick: (...values: number[]) => number): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : pick(...known)
}
