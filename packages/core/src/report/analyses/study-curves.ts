import type { JsonValue } from '../../units/json.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable } from '../result.ts'
import type { StudyResult } from '../study/study-result.ts'
import { shortName } from './study-names.ts'
import { rankedPoints } from './study-ranking.ts'

/** Points of a plot beyond this are left to the detail. */
const MOST_DRAWN = 400

/** Throughput and latency of every configuration at every load. */
export function curveTable(study: StudyResult): readonly AnalysisTable[] {
  const ranked = rankedPoints(study)
  const leading = new Set(
    ranked
      .slice(0, 6)
      .map(({ id }) => id)
      .concat(study.baseline),
  )
  const order = new Map(ranked.map(({ id }, place) => [id, place]))
  const sorted = study.measurements.toSorted(
    (one, other) =>
      (order.get(one.point) ?? 0) - (order.get(other.point) ?? 0) || (one.load ?? 0) - (other.load ?? 0),
  )
  const rows = sorted.flatMap((measurement): JsonValue[][] => {
    const { metrics, intervals, fidelity, purpose } = measurement
    if (fidelity < 1 || purpose === 'confirm' || metrics['throughput'] == null) return []
    const [low, high] = intervals['responseTime.p99'] ?? [null, null]
    return [
      [
        shortName(study, measurement),
        measurement.load,
        metrics['throughput'],
        metrics['responseTime.p50'] ?? null,
        metrics['responseTime.p90'] ?? null,
        metrics['responseTime.p99'] ?? null,
        low,
        high,
        measurement.point === study.baseline
          ? 'default'
          : study.best.includes(measurement.point)
            ? 'best'
            : leading.has(measurement.point)
              ? 'leading'
              : 'other',
        measurement.violation <= 0,
      ],
    ]
  })
  if (rows.length < 2) return []
  const drawn = rows.slice(0, MOST_DRAWN)
  const budget = study.measurements
    .flatMap(({ terms }) => terms)
    .find(({ term }) => term === 'responseTime.p99')?.limit
  const marks = (mark: 'line' | 'points'): Plot['layers'][number] => ({
    mark,
    x: 'throughput',
    y: 'p99',
    group: 'configuration',
    ...(mark === 'points' ? { low: 'p99 low', high: 'p99 high' } : {}),
  })
  const plots: Plot[] = [
    {
      name: 'throughput-latency',
      title: 'Throughput and latency',
      x: { title: 'throughput', unit: '1/s', scale: 'linear' },
      y: { title: 'p99 response time', unit: 'ns', scale: 'log' },
      layers: [...(study.plan.loads === null ? [] : [marks('line')]), marks('points')],
      ...(budget === undefined
        ? {}
        : { notes: [`The latency budget is ${Number((budget / 1e6).toPrecision(4))} ms.`] }),
    },
  ]
  if (study.plan.loads !== null) {
    plots.push({
      name: 'load-throughput',
      title: 'Throughput by load',
      x: {
        title: study.plan.loads.vary === 'rate' ? 'rate' : 'users',
        unit: study.plan.loads.vary === 'rate' ? '1/s' : null,
        scale: 'log',
      },
      y: { title: 'throughput', unit: '1/s', scale: 'linear' },
      layers: [{ mark: 'line', x: 'load', y: 'throughput', group: 'configuration' }],
    })
  }
  return [
    {
      name: `study-curve-${study.id}`,
      title: `Throughput and latency: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        { name: 'load', unit: null },
        { name: 'throughput', unit: '1/s' },
        { name: 'p50', unit: 'ns' },
        { name: 'p90', unit: 'ns' },
        { name: 'p99', unit: 'ns' },
        { name: 'p99 low', unit: 'ns' },
        { name: 'p99 high', unit: 'ns' },
        { name: 'standing', unit: null },
        { name: 'keeps constraints', unit: null },
      ],
      rows: drawn,
      notes:
        rows.length > drawn.length ? [`${rows.length - drawn.length} further rows are in result.json.`] : [],
      plots,
      plotOnly: true,
    },
  ]
}
