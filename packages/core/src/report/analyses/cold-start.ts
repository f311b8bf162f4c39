import { medianInterval, type MedianInterval } from '../../stats/interval/median-interval.ts'
import { formatBytes } from '../../units/bytes.ts'
import { formatDuration } from '../../units/duration.ts'
import { caseName } from '../case-name.ts'
import { formatShare } from '../quantity.ts'
import type { AnalysisTable, CaseResult, ColdStartReport, RunResult } from '../result.ts'
import { axisScale, sampleRange } from './sampled-range.ts'

/** The cold starts of one case. */
interface ColdCase {
  readonly name: string
  /** Kind of what was started: the same model takes each of them another time. */
  readonly server: string
  readonly starts: readonly ColdStartReport[]
}

interface Part {
  readonly name: string
  readonly description: string
  read(report: ColdStartReport): number | null
}

const FEW = 5
const PARTS: readonly Part[] = [
  {
    name: 'start-up',
    description: 'From the launch until the system is up, without any model.',
    read: ({ system }) => system,
  },
  {
    name: 'live',
    description: 'From the launch until it says that it is live.',
    read: ({ live }) => live,
  },
  {
    name: 'model load',
    description: 'Loading and initialising the model; several: the longest.',
    read: ({ modelLoad }) => modelLoad,
  },
  {
    name: 'ready',
    description: 'From the launch until it says that it is ready.',
    read: ({ ready }) => ready,
  },
  {
    name: 'first answer',
    description: 'From the first request to the first successful answer.',
    read: ({ firstAnswer }) => firstAnswer,
  },
  { name: 'total', description: 'Ready and first answer together.', read: ({ total }) => total },
  {
    name: 'warm',
    description: 'Median response time of the requests after the first answer.',
    read: ({ warm }) => warm,
  },
]
/** What the first table leaves out: it has to fit beside the others. */
const DETAILS: ReadonlySet<string> = new Set(['live'])

/** For every scenario with `coldStart`: how long its parts take, as medians, and then with the intervals of these. */
export function analyseColdStarts(result: RunResult): readonly AnalysisTable[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((cases) => {
    const found = cases.flatMap((one): readonly ColdCase[] => {
      const starts = one.trials.flatMap((id) => {
        const trial = trials.get(id)
        return trial?.coldStart === undefined || trial.state !== 'completed' ? [] : [trial.coldStart]
      })
      const server = one.trials.flatMap((id) => trials.get(id)?.plan.server?.kind ?? [])[0] ?? ''
      return starts.length === 0 ? [] : [{ name: caseName(one.case), server, starts }]
    })
    const title = (cases[0] as CaseResult).path.join(' > ')
    return found.length === 0 ? [] : [...tablesOf(title, found), ...picturesOf(title, found)]
  })
}

function tablesOf(scenario: string, cases: readonly ColdCase[]): readonly AnalysisTable[] {
  const all = cases.flatMap(({ starts }) => starts)
  const parts = PARTS.filter(({ read }) => all.some((report) => read(report) !== null))
  const hasModel = all.some(({ model }) => model !== null)
  const named = cases.length > 1 || cases[0]?.name !== ''
  const short = parts.filter(({ name }) => !DETAILS.has(name))
  const idle = all.every(({ kind }) => kind === 'idle')
  const title = idle ? 'first answer after idling' : 'cold start'
  return [
    {
      name: 'cold-start',
      title: `${scenario}: ${title}`,
      columns: [
        ...(named ? [{ name: 'case', unit: null }] : []),
        ...(hasModel ? [{ name: 'model', unit: 'By', description: 'Size of the model’s files.' }] : []),
        ...short.map(({ name, description }) => ({
          name,
          unit: 'ns',
          description: `${description} Median.`,
        })),
        { name: 'starts', unit: null },
      ],
      rows: cases.map(({ name, starts }) => [
        ...(named ? [name] : []),
        ...(hasModel ? [sizeOf(starts)] : []),
        ...short.map(({ read }) => estimate(starts, read)?.median ?? null),
        starts.length,
      ]),
      notes: notesOn(cases, all),
    },
    {
      name: 'cold-start-intervals',
      title: `${scenario}: ${title}, medians with their intervals`,
      columns: [
        ...(named ? [{ name: 'case', unit: null }] : []),
        { name: 'part', unit: null },
        { name: 'median', unit: 'ns' },
        { name: 'low', unit: 'ns', description: 'Of the interval of the median, by order statistics.' },
        { name: 'high', unit: 'ns' },
        { name: 'coverage', unit: '1', description: 'With which probability the interval holds it.' },
        { name: 'starts', unit: null },
      ],
      rows: cases.flatMap(({ name, starts }) =>
        parts.flatMap(({ name: part, read }) => {
          const found = estimate(starts, read)
          if (found === null) return []
          const { median, low, high, coverage, count } = found
          return [[...(named ? [name] : []), part, median, low, high, coverage, count]]
        }),
      ),
      notes: [],
    },
  ]
}

function estimate(
  starts: readonly ColdStartReport[],
  read: Part['read'],
): (MedianInterval & { readonly count: number }) | null {
  const values = starts.flatMap((report) => read(report) ?? [])
  const found = medianInterval(values)
  return found === null ? null : { ...found, count: values.length }
}

function notesOn(cases: readonly ColdCase[], all: readonly ColdStartReport[]): readonly string[] {
  const resolution = Math.max(...all.map((report) => report.resolution))
  const loadedBy = new Set(all.flatMap(({ modelLoadBy }) => modelLoadBy ?? []))
  const pause = medianInterval(all.flatMap((report) => report.pause ?? []))
  const failed = all.filter(({ failedBefore }) => failedBefore > 0).length
  const unanswered = all.filter(({ firstAnswer }) => firstAnswer === null).length
  const idles = new Set(all.flatMap(({ idle }) => idle ?? []))
  return [
    ...(idles.size === 0
      ? []
      : [
          `Nothing was sent for ${[...idles].map(formatDuration).join(' or ')} before each first request. Whether the server had scaled to zero by then shows in first answer against warm.`,
        ]),
    ...(resolution > 0
      ? [
          `The server is asked every ${formatDuration(resolution)} whether it is up: live, ready and start-up are late by up to that much.`,
        ]
      : []),
    ...[...loadedBy].map((by) => `Model load: ${LOADED_BY[by]}`),
    ...(pause === null
      ? []
      : [
          `Between ready and the first request this tool prepared itself for ${formatDuration(pause.median)} (median): no part of total, but the server may have used it.`,
        ]),
    ...cacheNotes(all),
    ...(failed === 0
      ? []
      : [`In ${failed} of ${all.length} starts requests failed before the first one succeeded.`]),
    ...(unanswered === 0 ? [] : [`${unanswered} of ${all.length} starts never came to an answer.`]),
    ...(cases.some(({ starts }) => starts.length < FEW)
      ? [`A median of fewer than ${FEW} starts says little: set \`repeats\`.`]
      : []),
    ...growthNotes(cases),
  ]
}

const LOADED_BY: Readonly<Record<NonNullable<ColdStartReport['modelLoadBy']>, string>> = {
  server: 'as the server itself tells.',
  calls: 'how long the call took that loads it.',
  probes: 'from live to ready, as seen from outside.',
}

function cacheNotes(all: readonly ColdStartReport[]): readonly string[] {
  const models = all.flatMap(({ model }) => model ?? [])
  if (models.length === 0) return []
  const shares = models.flatMap(({ cached }) => cached ?? [])
  if (shares.length === 0)
    return [
      'How much of the model was in the page cache is unknown (util-linux’s fincore tells it on Linux).',
    ]
  const [low, high] = [Math.min(...shares), Math.max(...shares)]
  const range = low === high ? formatShare(low) : `${formatShare(low)} to ${formatShare(high)}`
  return [`Of the model’s files ${range} were in the page cache when the server was launched.`]
}

/** Parts whose growth with the size of the model is looked at. */
const GROWING: readonly Part[] = PARTS.filter(({ name }) => name === 'model load' || name === 'total')

interface Growth {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  /** t = t0 + bytes ÷ rate: the line of Theil and Sen. */
  readonly line: ReturnType<typeof theilSen>
}

/** Through the medians of three sizes and more. */
function growthOf(cases: readonly ColdCase[], { read }: Part): Growth | null {
  const points = cases.flatMap(({ starts }) => {
    const size = sizeOf(starts)
    const found = estimate(starts, read)
    return size === null || found === null ? [] : [{ x: size, y: found.median }]
  })
  return new Set(points.map(({ x }) => x)).size < 3 ? null : { points, line: theilSen(points) }
}

function sizeOf(starts: readonly ColdStartReport[]): number | null {
  return starts.find(({ model }) => model !== null)?.model?.bytes ?? null
}

/** Each start by the size of its model, and the lines through the medians. */
function picturesOf(scenario: string, cases: readonly ColdCase[]): readonly AnalysisTable[] {
  const grown = byServer(cases).flatMap(({ server, cases: own }) =>
    GROWING.flatMap((part) => {
      const growth = growthOf(own, part)
      const name = server === null ? part.name : `${server}, ${part.name}`
      return growth === null ? [] : [{ name, part, growth, own }]
    }),
  )
  if (grown.length === 0) return []
  const sizes = grown.flatMap(({ growth }) => growth.points.map(({ x }) => x))
  const times = grown.flatMap(({ growth }) => growth.points.map(({ y }) => y))
  return [
    {
      name: 'cold-start-plots',
      title: `${scenario}: cold start by model size`,
      columns: [
        { name: 'part', unit: null },
        { name: 'model', unit: 'By' },
        { name: 'time', unit: 'ns', description: 'Of one start.' },
        { name: 'line', unit: 'ns', description: 'Of Theil and Sen, through the medians.' },
        { name: 'case', unit: null },
      ],
      rows: grown.flatMap(({ name: series, part, own, growth: { points, line } }) => [
        ...own.flatMap(({ name, starts }) =>
          starts.map((start) => [series, sizeOf(starts), part.read(start), null, name]),
        ),
        ...sampleRange(Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))).map(
          (size) => [series, size, null, line.intercept + line.slope * size, null],
        ),
      ]),
      notes: [],
      plots: [
        {
          name: 'growth',
          title: 'Cold start by the size of the model',
          x: { title: 'size of the model’s files', unit: 'By', scale: axisScale(sizes) },
          y: { title: 'time', unit: 'ns', scale: axisScale(times) },
          layers: [
            { mark: 'points', x: 'model', y: 'time', group: 'part' },
            { mark: 'line', x: 'model', y: 'line', group: 'part', dashed: true },
          ],
          notes: [
            'Each point is a start; dashed: t = t0 + bytes ÷ rate, by Theil and Sen through the medians.',
          ],
        },
      ],
      plotOnly: true,
    },
  ]
}

/** Cases by what was started; it has no name where there is one kind only. */
function byServer(
  cases: readonly ColdCase[],
): readonly { readonly server: string | null; readonly cases: readonly ColdCase[] }[] {
  const groups = [...Map.groupBy(cases, ({ server }) => server)]
  return groups.map(([server, own]) => ({ server: groups.length === 1 ? null : server, cases: own }))
}

function growthNotes(cases: readonly ColdCase[]): readonly string[] {
  return byServer(cases).flatMap(({ server, cases: own }) =>
    growthNote(own).map((note) => (server === null ? note : `${server}: ${note}`)),
  )
}

function growthNote(cases: readonly ColdCase[]): readonly string[] {
  const growth = growthOf(cases, GROWING[0] as Part)
  if (growth === null) return []
  const {
    points,
    line: { slope, intercept },
  } = growth
  if (!(slope > 0)) return ['Larger models did not take longer to load.']
  return [
    `Model load grows by ${formatDuration(slope * 1024 * 1024)} per MiB (${formatBytes(1e9 / slope)}/s), from ${formatDuration(Math.max(0, intercept))} for nothing: the line of Theil and Sen through ${points.length} sizes.`,
  ]
}

/** The median of the slopes between all pairs, and the median of what is left. */
export function theilSen(points: readonly { readonly x: number; readonly y: number }[]): {
  readonly slope: number
  readonly intercept: number
} {
  const slopes = points.flatMap((a, index) =>
    points.slice(index + 1).flatMap((b) => (a.x === b.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  )
  const slope = medianInterval(slopes)?.median ?? NaN
  const intercept = medianInterval(points.map(({ x, y }) => y - slope * x))?.median ?? NaN
  return { slope, intercept }
}
