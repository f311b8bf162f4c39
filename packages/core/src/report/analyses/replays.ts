import type { LoadPlan } from '../../arrival/load-plan.ts'
import { fullName } from '../case-name.ts'
import { decodeHdr, type HdrHistogram } from '../hdr.ts'
import type { AnalysisTable, Distribution, Metrics, ReplayReport, RunResult, Trial } from '../result.ts'

const PERCENTILES = [25, 50, 75, 90, 95, 98, 99, 99.5, 99.6, 99.7, 99.8, 99.9]
const MILLISECOND = 1e6
const SECOND = 1e9

/** For every stream that replays query files: the numbers that vespa-fbench prints, under its names, in its order and units. */
export function analyseReplays(result: RunResult): readonly AnalysisTable[] {
  return result.trials.flatMap((trial) => (trial.replays ?? []).map((replay) => tableOf(trial, replay)))
}

type Row = readonly [number: string, value: number | null, unit: string, field: string]

function tableOf(trial: Trial, replay: ReplayReport): AnalysisTable {
  const isAlone = Object.keys(trial.plan.streams).length === 1
  const metrics = isAlone ? trial : (trial.streams[replay.stream] as Metrics)
  const title = [
    fullName(trial),
    ...(isAlone ? [] : [`stream ${replay.stream}`]),
    ...(trial.repeat === 0 ? [] : [`repeat ${trial.repeat + 1}`]),
  ].join(' · ')
  return {
    name: 'fbench',
    title: `As vespa-fbench reports it: ${title}`,
    columns: [
      { name: 'number', unit: null, description: 'The name that vespa-fbench prints.' },
      { name: 'value', unit: null },
      { name: 'unit', unit: null },
      { name: 'field', unit: null, description: 'Where it comes from in the trial.' },
    ],
    rows: rowsOf(trial, metrics, replay, isAlone),
    notes: [
      'Failed are all requests without a correct answer, whatever its size. Response times are those of completed requests, from the instant at which a client was due.',
    ],
  }
}

function rowsOf(trial: Trial, metrics: Metrics, replay: ReplayReport, isAlone: boolean): readonly Row[] {
  const { counts, responseTime } = metrics
  const stream = trial.plan.streams[replay.stream]
  const clients = stream === undefined ? null : clientsOf(stream.load)
  const { from, until } = trial.phases.measurement
  const seconds = (until - from) / SECOND
  const successful = counts.completed - counts.incorrect
  const rate = seconds > 0 ? successful / seconds : null
  const { mean } = responseTime
  const utilization =
    rate === null || mean === null || clients === null ? null : (100 * rate * mean) / SECOND / clients
  const { total, statuses, withHits, zeroHits } = replay.answers
  const hits = withHits === 0 ? null : zeroHits
  return [
    [
      'connection reuse count',
      isAlone ? Math.max(0, total - trial.connections.opened) : null,
      '',
      'replays.answers.total − connections.opened',
    ],
    ['clients', clients, '', 'plan: load.concurrency'],
    ['ran for', rounded(seconds), 's', 'phases.measurement'],
    ['cycle time', stream === undefined ? null : cycleOf(stream.load), 'ms', 'plan: load.cycle'],
    ['lower response limit', stream?.expect?.leastBytes ?? 0, 'bytes', 'plan: expect.leastBytes'],
    [
      'skipped requests',
      replay.files.reduce((sum, { skipped }) => sum + skipped, 0),
      '',
      'replays.files.skipped',
    ],
    ['failed requests', counts.due - successful, '', 'counts: due − completed + incorrect'],
    ['successful requests', successful, '', 'counts: completed − incorrect'],
    ['cycles not held', replay.cyclesNotHeld, '', 'replays.cyclesNotHeld'],
    ['minimum response time', inMilliseconds(responseTime.min), 'ms', 'responseTime.min'],
    ['maximum response time', inMilliseconds(responseTime.max), 'ms', 'responseTime.max'],
    ['average response time', inMilliseconds(mean), 'ms', 'responseTime.mean'],
    ...percentileRows(responseTime),
    ['actual query rate', rounded(rate), '1/s', 'successful requests ÷ ran for'],
    ['utilization', rounded(utilization), '%', 'rate × average ÷ clients'],
    ['zero hit queries', hits, '', 'replays.answers.zeroHits'],
    [
      'zero hit percentage',
      hits === null || successful === 0 ? null : rounded((100 * hits) / successful),
      '%',
      'zero hit queries ÷ successful requests',
    ],
    ...Object.entries(statuses).map(([status, count]): Row => [
      `http status ${status}`,
      count,
      '',
      `replays.answers.statuses.${status}`,
    ]),
  ]
}

/** Those that the distribution has are exact; the others come from its histogram. */
function percentileRows(distribution: Distribution): readonly Row[] {
  const { hdr } = distribution
  const histogram = hdr === null ? null : decodeHdr(hdr)
  return PERCENTILES.map((percentile): Row => {
    const stored = distribution[`p${percentile}`]
    const value =
      typeof stored === 'number' ? stored : histogram === null ? null : percentileOf(histogram, percentile)
    const field = stored === undefined ? 'responseTime.hdr' : `responseTime.p${percentile}`
    return [`${percentile} percentile`, inMilliseconds(value), 'ms', field]
  })
}

/** Nearest rank. */
function percentileOf(histogram: HdrHistogram, percentile: number): number {
  return histogram.valueAtRank(Math.max(1, Math.ceil((percentile / 100) * histogram.count - 1e-9)))
}

function clientsOf(load: LoadPlan): number | null {
  return load.loop === 'closed' ? load.concurrency : null
}

/** −1: each client pauses as long as its request took. */
function cycleOf(load: LoadPlan): number | null {
  if (load.loop !== 'closed') return null
  return load.thinkTime.kind === 'response' ? -1 : (load.cycle ?? 0) / MILLISECOND
}

function inMilliseconds(nanos: number | null): number | null {
  return nanos === null ? null : rounded(nanos / MILLISECOND)
}

/** To a thousandth. */
function rounded(value: number): number
function rounded(value: number | null): number | null
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000
}
