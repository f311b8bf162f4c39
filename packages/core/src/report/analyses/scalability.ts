import { createRandom } from '../../stats/seed.ts'
import {
  FEWEST_SIZES,
  residualOf,
  scalabilityIntervals,
  type OpenInterval,
  type ScalabilityIntervals,
} from '../../stats/scalability/scalability-intervals.ts'
import {
  fitScalability,
  kneeSize,
  peakSize,
  peakThroughput,
  scalabilityAt,
  type ScalabilityLaw,
  type ScalabilityPoint,
} from '../../stats/scalability/scalability-law.ts'
import { caseName, fullName } from '../case-name.ts'
import { formatRate, formatShare, formatSize } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { axisScale, sampleRange } from './sampled-range.ts'
import { loadSeries } from './load-series.ts'

/** Throughput at several sizes of one thing. */
export interface ScalabilitySeries {
  readonly title: string
  /** What sizes are: `users`, or the axis. */
  readonly size: string
  readonly points: readonly ScalabilityPoint[]
}

/** A law that misses a point by more than this does not describe the data. */
const MISFIT = 0.15
/** A coefficient whose interval spans more than this factor is not told. */
const VAGUE = 2

/**
 * The Universal Scalability Law for every closed loop that was measured with at least five numbers of users: by an axis,
 * or by the probes of a search.
 */
export function analyseScalability(result: RunResult): readonly AnalysisTable[] {
  return [...usersByAxis(result), ...usersBySearch(result)]
    .filter(({ points }) => points.length >= FEWEST_SIZES)
    .flatMap((series) => [scalabilityTable(series), scalabilityPicture(series)])
}

function usersByAxis(result: RunResult): readonly ScalabilitySeries[] {
  return loadSeries(result).flatMap(({ rest, levels }) => {
    const [first] = levels
    if (first === undefined || first.kind !== 'users') return []
    const others = caseName(rest)
    return {
      title: `${first.one.path.join(' > ')}${others === '' ? '' : ` > ${others}`}`,
      size: 'users',
      points: levels.flatMap(({ load, one }) => pointOf(load, one.pooled?.throughput)),
    }
  })
}

function usersBySearch(result: RunResult): readonly ScalabilitySeries[] {
  return result.searches.flatMap((search) => {
    if (search.vary !== 'concurrency') return []
    const usable = search.probes.filter(({ validity }) => validity !== 'invalid')
    const sizes = [...Map.groupBy(usable, ({ value }) => value)].toSorted(([a], [b]) => a - b)
    return {
      title: fullName(search),
      size: 'users',
      points: sizes.flatMap(([value, probes]) => {
        const time = probes.reduce((sum, { duration }) => sum + duration, 0)
        const completed = probes.reduce((sum, probe) => sum + (probe.throughput ?? 0) * probe.duration, 0)
        return pointOf(value, completed / time)
      }),
    }
  })
}

function pointOf(size: number, throughput: number | null | undefined): readonly ScalabilityPoint[] {
  return throughput !== null && throughput !== undefined && throughput > 0 ? [{ size, throughput }] : []
}

/**
 * The law over an axis that is no load, such as the number of machines or of instances: by the answers of searches, or by
 * the throughput of closed loops. Of an open load throughput is what was offered, which says nothing of its limit.
 */
export function scalabilityBy(result: RunResult, axis: string): readonly AnalysisTable[] {
  const answers = new Map(result.searches.map((search) => [search.id, search]))
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const sized = result.cases.flatMap((one) => {
    const { [axis]: size, ...rest } = one.case
    if (typeof size !== 'number' || size <= 0) return []
    const search = answers.get(one.id)
    const loops = Object.values(trials.get(one.trials[0] ?? '')?.plan.streams ?? {}).map(
      ({ load }) => load.loop,
    )
    const throughput =
      search !== undefined
        ? search.vary === 'rate' && search.answer !== null
          ? search.answer.value
          : search.answer?.throughput
        : loops.every((loop) => loop === 'closed')
          ? one.pooled?.throughput
          : null
    const others = caseName(rest)
    const title = `${one.path.join(' > ')}${others === '' ? '' : ` > ${others}`}`
    return pointOf(size, throughput).map((point) => ({
      key: JSON.stringify([one.file, title]),
      title,
      point,
    }))
  })
  return [...Map.groupBy(sized, ({ key }) => key).values()]
    .map((group) => ({
      title: group[0]?.title ?? '',
      size: axis,
      points: group.map(({ point }) => point).toSorted((a, b) => a.size - b.size),
    }))
    .flatMap((series) => [scalabilityTable(series), scalabilityPicture(series)])
}

/** What was measured and the law through it, from the smallest to the largest size. */
export function scalabilityPicture({ title, size, points }: ScalabilitySeries): AnalysisTable {
  const law = fitScalability(points)
  const sizes = points.map((point) => point.size)
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)]
  const places = law === null ? [] : [['peak', peakSize(law)] as const, ['knee', kneeSize(law)] as const]
  return {
    name: 'scalability-plots',
    title: `${title}: throughput against ${size}`,
    columns: [
      { name: 'size', unit: null },
      { name: 'measured', unit: '1/s' },
      { name: 'law', unit: '1/s' },
      { name: 'perfect', unit: '1/s', description: 'λN: as if each got what one alone gets.' },
      {
        name: 'place',
        unit: null,
        description: 'The peak and the knee of the law, where they were measured.',
      },
    ],
    rows: [
      ...points.map((point) => [point.size, point.throughput, null, null, null]),
      ...(law === null
        ? []
        : sampleRange(smallest, largest).map((at) => {
            const perfect = law.single * at
            const shown = perfect <= 1.2 * Math.max(...points.map(({ throughput }) => throughput))
            return [at, null, scalabilityAt(law, at), shown ? perfect : null, null]
          })),
      ...places.flatMap(([place, at]) =>
        at >= smallest && at <= largest ? [[at, null, null, null, place]] : [],
      ),
    ],
    notes: [],
    plots: [
      {
        name: 'law',
        title: `Throughput against ${size}, and the scalability law`,
        x: { title: size, unit: null, scale: axisScale(sizes) },
        y: { title: 'throughput', unit: '1/s', scale: 'linear' },
        layers: [
          { mark: 'points', x: 'size', y: 'measured', label: 'measured' },
          { mark: 'line', x: 'size', y: 'law', dashed: true, label: 'scalability law' },
          { mark: 'line', x: 'size', y: 'perfect', dashed: true, label: 'perfect scaling' },
          ...places.map(
            ([place]) =>
              ({
                mark: 'rules',
                x: 'size',
                where: { column: 'place', is: place },
                text: 'place',
                label: place,
              }) as const,
          ),
        ],
      },
    ],
    plotOnly: true,
  }
}

/** The law of one series, with intervals, and what the data cannot tell. */
export function scalabilityTable({ title, size, points }: ScalabilitySeries): AnalysisTable {
  const law = fitScalability(points)
  const intervals =
    law === null
      ? null
      : scalabilityIntervals(points, law, {
          random: createRandom({ seed: title, path: [], repeat: 0, stream: size, purpose: 'scalability' }),
        })
  const largest = Math.max(...points.map((point) => point.size))
  return {
    name: 'scalability',
    title: `${title}: scalability law, throughput against ${size}`,
    columns: [
      { name: 'coefficient', unit: null },
      { name: 'value', unit: null },
      { name: 'low', unit: null, description: '95 % interval, by the bootstrap.' },
      { name: 'high', unit: null, description: 'null: nothing bounds it.' },
      { name: 'told', unit: null, description: 'What the data say about it.' },
    ],
    rows: law === null || intervals === null ? [] : rowsOf(law, intervals, largest),
    notes: notesOf(points, law, intervals, size),
  }
}

function rowsOf(
  law: ScalabilityLaw,
  intervals: ScalabilityIntervals,
  largest: number,
): AnalysisTable['rows'] {
  const row = (
    name: string,
    value: number,
    [low, high]: OpenInterval,
    told: string,
  ): (string | number | null)[] => [
    name,
    Number.isFinite(value) ? value : null,
    Number.isFinite(low) ? low : null,
    high,
    told,
  ]
  const scale = ([low, high]: OpenInterval): string =>
    high !== null && high <= VAGUE * low ? 'identified' : 'not identified'
  const share = ([low, high]: OpenInterval, small: number): string => {
    if (low > 0) return 'identified'
    return high !== null && high < small ? 'none' : 'not identified'
  }
  const place = (interval: OpenInterval, value: number): string => {
    const [low, high] = interval
    if (high === null || high > VAGUE * VAGUE * low) return 'not identified'
    return value > largest ? 'beyond what was measured' : 'identified'
  }
  return [
    row('λ: throughput of one, 1/s', law.single, intervals.single, scale(intervals.single)),
    row('σ: contention', law.contention, intervals.contention, share(intervals.contention, 0.01)),
    // What would cost less than 1 % at the largest size does not matter there.
    row(
      'κ: coherency',
      law.coherency,
      intervals.coherency,
      share(intervals.coherency, 0.01 / (largest * largest)),
    ),
    row('peak: at', peakSize(law), intervals.peak, place(intervals.peak, peakSize(law))),
    row(
      'peak: throughput, 1/s',
      peakThroughput(law),
      intervals.peakThroughput,
      place(intervals.peakThroughput, 0),
    ),
    row('knee: at', kneeSize(law), intervals.knee, place(intervals.knee, kneeSize(law))),
  ]
}

function notesOf(
  points: readonly ScalabilityPoint[],
  law: ScalabilityLaw | null,
  intervals: ScalabilityIntervals | null,
  size: string,
): readonly string[] {
  const sizes = new Set(points.map((point) => point.size)).size
  if (law === null || intervals === null) {
    return [
      sizes < FEWEST_SIZES
        ? `Not identified: three coefficients from ${sizes} sizes leave nothing to tell their errors by. Measure at least ${FEWEST_SIZES}, better 7, from 1 to beyond the peak.`
        : 'Not identified: no law of this form fits.',
    ]
  }
  const worst = points.toSorted((a, b) => Math.abs(residualOf(b, law)) - Math.abs(residualOf(a, law)))[0]
  const misfit = worst === undefined ? 0 : Math.abs(residualOf(worst, law))
  const largest = Math.max(...points.map((point) => point.size))
  const smallest = Math.min(...points.map((point) => point.size))
  return [
    'X(N) = λN ÷ (1 + σ(N−1) + κN(N−1)); the peak is at √((1−σ)÷κ), the knee where λN would reach the throughput of the peak (or λ÷σ without one).',
    ...(misfit > MISFIT && worst !== undefined
      ? [
          `The law does not describe these data: it misses ${formatSize(worst.size)} ${size} by ${formatShare(misfit)}.`,
        ]
      : []),
    ...(intervals.peak[1] === null
      ? [
          `Where throughput peaks cannot be told from ${formatSize(smallest)} to ${formatSize(largest)} ${size}: κ may be 0.`,
        ]
      : []),
    ...(law.contention === 0 && law.coherency === 0
      ? [
          `No limit shows: as far as measured, throughput grows in proportion, ${formatRate(law.single)} for each.`,
        ]
      : []),
  ]
}
