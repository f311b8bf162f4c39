import type { Distribution, Metrics, Trial } from 'servebench/plugin'
import { countCell, nanosCell, percentileCell, quantityCell, rateCell, shareCell } from './cells.ts'
import { dataTable, text, type Cell, type Column } from './data-table.ts'
import { term } from './terms.ts'

const TIMES = [
  ['responseTime', 'response time'],
  ['responseTimeWithFailures', 'response time with failures'],
  ['serviceTime', 'service time'],
  ['firstByte', 'first byte'],
  ['dispatchLag', 'dispatch lag'],
  ['transportWait', 'transport wait'],
  ['messageGap', 'message gap'],
  ['serverQueue', 'server queue'],
  ['serverCompute', 'server compute'],
  ['failedResponseTime', 'response time of failures'],
] as const

const DISTRIBUTION: readonly Column[] = [
  { title: 'samples', numeric: true },
  { title: 'mean', numeric: true },
  ...(['p50', 'p90', 'p95', 'p99', 'p99.9'] as const).map((title) => ({
    title,
    term: 'percentile',
    numeric: true,
  })),
  { title: 'max', numeric: true },
]

/** All times of a case or trial, one below the other. */
export function timesTable(metrics: Metrics, file: string): HTMLElement {
  return distributionTable(
    'Times',
    'time',
    TIMES.map(([name, words]) => [term(name, words), words, metrics[name]] as const),
    file,
  )
}

export function distributionTable(
  caption: string,
  what: string,
  list: readonly (readonly [show: Node | string, name: string, distribution: Distribution])[],
  file: string,
): HTMLElement {
  return dataTable({
    caption,
    file,
    columns: [{ title: what, heading: true }, ...DISTRIBUTION],
    rows: list
      .filter(([, , { count }]) => count > 0)
      .map(([show, name, distribution]) => [{ show, value: name }, ...distributionCells(distribution)]),
  })
}

function distributionCells(distribution: Distribution): readonly Cell[] {
  return [
    countCell(distribution.count),
    nanosCell(distribution.mean),
    ...(['p50', 'p90', 'p95', 'p99', 'p99.9'] as const).map((key) => percentileCell(distribution, key)),
    nanosCell(distribution.max),
  ]
}

const COUNTS = [
  ['due', 'due'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['timedOut', 'timed out'],
  ['dropped', 'dropped'],
  ['censored', 'still open'],
  ['incorrect', 'incorrect'],
  ['retried', 'retried'],
] as const

/** What became of the requests: of the whole, and of each stream where there are several. */
export function countsTable(
  list: readonly (readonly [name: string, metrics: Pick<Metrics, 'counts'>])[],
  file: string,
): HTMLElement {
  return dataTable({
    caption: 'Requests',
    file,
    columns: [
      { title: list.length === 1 ? 'of' : 'stream', heading: true },
      ...COUNTS.map(([name, title]) => ({ title, term: name, numeric: true })),
    ],
    rows: list.map(([name, { counts }]) => [text(name), ...COUNTS.map(([key]) => countCell(counts[key]))]),
  })
}

export function failuresTable(failures: Metrics['failures'], due: number, file: string): HTMLElement | null {
  const kinds = Object.entries(failures)
  if (kinds.length === 0) return null
  return dataTable({
    caption: 'Failures by kind',
    file,
    columns: [
      { title: 'kind', heading: true },
      { title: 'requests', numeric: true },
      { title: 'of due', numeric: true },
    ],
    rows: kinds.map(([kind, count]) => [
      text(kind),
      countCell(count),
      shareCell(due === 0 ? null : count / due),
    ]),
  })
}

export function streamsTable(streams: Readonly<Record<string, Metrics>>, file: string): HTMLElement {
  return dataTable({
    caption: 'Streams',
    file,
    columns: [
      { title: 'stream', heading: true },
      { title: 'offered', term: 'offeredLoad', numeric: true },
      { title: 'throughput', term: 'throughput', numeric: true },
      { title: 'goodput', term: 'goodput', numeric: true },
      { title: 'p50', term: 'responseTime', numeric: true },
      { title: 'p99', term: 'responseTime', numeric: true },
    ],
    rows: Object.entries(streams).map(([name, metrics]) => [
      text(name),
      rateCell(metrics.offeredLoad),
      rateCell(metrics.throughput, metrics.rateIntervals.throughput),
      rateCell(metrics.goodput, metrics.rateIntervals.goodput),
      percentileCell(metrics.responseTime, 'p50'),
      percentileCell(metrics.responseTime, 'p99'),
    ]),
  })
}

export function pipelineTable({ pipeline }: Metrics, file: string): HTMLElement | null {
  if (pipeline === undefined) return null
  return dataTable({
    caption: 'Steps of the pipeline: means and shares are of whole chains',
    file,
    columns: [
      { title: 'step', term: 'pipeline', heading: true },
      { title: 'target' },
      { title: 'mean', numeric: true },
      { title: 'share', numeric: true },
      { title: 'glue before', numeric: true },
      { title: 'p50', numeric: true },
      { title: 'p99', numeric: true },
      { title: 'completed', numeric: true },
      { title: 'failed', numeric: true },
    ],
    rows: [
      ...pipeline.steps.map((step) => [
        text(step.name),
        text(step.target ?? 'function'),
        nanosCell(step.mean),
        shareCell(step.share),
        nanosCell(step.glueMean),
        percentileCell(step.time, 'p50'),
        percentileCell(step.time, 'p99'),
        countCell(step.counts.completed),
        countCell(step.counts.failed + step.counts.timedOut),
      ]),
      [
        text('glue, all together'),
        text(null),
        nanosCell(pipeline.glue.mean),
        shareCell(pipeline.glueShare),
        text(null),
        percentileCell(pipeline.glue, 'p50'),
        percentileCell(pipeline.glue, 'p99'),
        text(null),
        text(null),
      ],
    ],
  })
}

export function replicasTable({ replicas }: Metrics, file: string): HTMLElement | null {
  if (replicas === undefined) return null
  return dataTable({
    caption: 'Replicas',
    file,
    columns: [
      { title: 'replica', heading: true },
      { title: 'completed', term: 'completed', numeric: true },
      { title: 'failed', term: 'failed', numeric: true },
      { title: 'p50', term: 'responseTime', numeric: true },
      { title: 'p99', term: 'responseTime', numeric: true },
      { title: 'in flight', term: 'inFlight', numeric: true },
    ],
    rows: replicas.map(({ name, counts, responseTime, inFlight }) => [
      text(name),
      countCell(counts.completed),
      countCell(counts.failed + counts.timedOut),
      percentileCell(responseTime, 'p50'),
      percentileCell(responseTime, 'p99'),
      quantityCell(inFlight.mean, null),
    ]),
  })
}

export function gaugesTable(gauges: Trial['gauges'], file: string): HTMLElement | null {
  const list = Object.entries(gauges)
  if (list.length === 0) return null
  return dataTable({
    caption: 'Gauges over the measurement',
    file,
    columns: [
      { title: 'gauge', term: 'gauges', heading: true },
      { title: 'device' },
      { title: 'mean', numeric: true },
      { title: 'min', numeric: true },
      { title: 'p95', numeric: true },
      { title: 'max', numeric: true },
      { title: 'coverage', numeric: true },
    ],
    rows: list.map(([name, { unit, device, mean, min, max, p95, coverage }]) => [
      text(name),
      text(device),
      quantityCell(mean, unit),
      quantityCell(min, unit),
      quantityCell(p95, unit),
      quantityCell(max, unit),
      shareCell(coverage),
    ]),
  })
}
