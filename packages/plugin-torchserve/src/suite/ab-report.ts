import { measuredCases } from 'servebench/plugin'
import type { AnalysisTable, CaseResult, MeasuredCase, RunResult, Trial } from 'servebench/plugin'
import { TIMES_TABLE } from '../analyses/request-times.ts'
import { KIND } from '../kind.ts'
import type { PlannedModel } from '../server/plan.ts'
import { INPUT_TAG, SUITE_TAG } from './suite-tag.ts'

/** A row of `ab_report.csv`; what is not known is empty, and never 0. */
export interface AbReport {
  /** `cpu/eager_mode_vgg11_w4_b8`, as the suite names its folders; with the users where there are several numbers. */
  readonly folder: string
  /** `eager_mode_vgg11`. */
  readonly model: string
  readonly cells: Readonly<Record<string, string | number | null>>
}

const NANOS_PER_MILLISECOND = 1e6
const BYTES_PER_MEGABYTE = 1024 * 1024

/** The rows that the suite's reports would have, of the cases that come from its files. */
export function abReports(result: RunResult): readonly AbReport[] {
  const cases = measuredCases(result, KIND)
  const table = result.analyses.find(({ name }) => name === TIMES_TABLE)
  const times = timesIn(table)
  return result.cases.flatMap((each) => {
    const measured = cases.find(({ id }) => id === each.id)
    const [first] = measured?.trials ?? []
    if (
      !each.tags.includes(SUITE_TAG) ||
      measured === undefined ||
      first === undefined ||
      each.pooled === null
    )
      return []
    return [
      reportOf(
        each,
        measured,
        first,
        (time, column) => times.get(`${measured.name} ${time}`)?.[column] ?? null,
      ),
    ]
  })
}

type ReadTime = (time: string, column: 'mean' | 'p50' | 'p90' | 'p99') => number | null

function reportOf(each: CaseResult, { trials }: MeasuredCase, first: Trial, time: ReadTime): AbReport {
  const metrics = each.pooled as NonNullable<CaseResult['pooled']>
  const { workers, batch, users } = each.case
  const [mode = '', processor = 'cpu'] = each.path.slice(-2)
  const models = (first.plan.server?.kind === KIND
    ? first.plan.server.state['models']
    : []) as unknown as readonly PlannedModel[]
  const source = models[0]?.source
  const input = each.tags.find((tag) => tag.startsWith(INPUT_TAG))
  const due = metrics.counts.due
  const lost = due - metrics.counts.completed
  const gauge = (names: readonly string[], scale: number): number | null => gaugeMean(trials, names, scale)
  const load = first.plan.streams['main']?.load
  const folder = `${mode}_w${workers}_b${batch}`
  return {
    folder: `${processor}/${folder}${each.case['users'] === undefined ? '' : `_c${users}`}`,
    model: mode,
    cells: {
      Benchmark: 'servebench',
      'Batch size': batch as number,
      'Batch delay': models[0]?.settings.maxBatchDelay ?? null,
      Workers: workers as number,
      Model:
        source !== null && source !== undefined && 'archive' in source ? `[.mar](${source.archive})` : null,
      Concurrency: users as number,
      Input: input === undefined ? null : `[input](${input.slice(INPUT_TAG.length)})`,
      Requests: load?.loop === 'closed' ? (load.requests ?? due) : due,
      'TS failed requests': lost,
      'TS throughput': rounded(metrics.throughput),
      'TS latency P50': milliseconds(metrics.responseTime.p50),
      'TS latency P90': milliseconds(metrics.responseTime.p90),
      'TS latency P99': milliseconds(metrics.responseTime.p99),
      'TS latency mean': milliseconds(metrics.responseTime.mean),
      'TS error rate': due === 0 ? null : rounded((100 * (lost + metrics.counts.incorrect)) / due),
      Model_p50: milliseconds(time('prediction', 'p50')),
      Model_p90: milliseconds(time('prediction', 'p90')),
      Model_p99: milliseconds(time('prediction', 'p99')),
      'Queue time p50': milliseconds(time('queue', 'p50')),
      'Queue time p90': milliseconds(time('queue', 'p90')),
      'Queue time p99': milliseconds(time('queue', 'p99')),
      predict_mean: milliseconds(time('prediction', 'mean')),
      handler_time_mean: milliseconds(time('handler', 'mean')),
      waiting_time_mean: milliseconds(time('queue', 'mean')),
      worker_thread_mean: milliseconds(time('worker', 'mean')),
      cpu_percentage_mean: gauge(['host.cpu.utilization'], 100),
      memory_percentage_mean: memoryShare(trials),
      gpu_percentage_mean: gauge(['gpu0.utilization', 'gpu.utilization'], 100),
      gpu_memory_percentage_mean: gauge(['gpu0.memory.utilization', 'gpu.memory.utilization'], 100),
      gpu_memory_used_mean: gauge(['gpu0.memory.used', 'gpu.memory.used'], 1 / BYTES_PER_MEGABYTE),
      ...profile(time),
    },
  }
}

/** Only handlers with a profile have these; the suite leaves the columns out, too. */
function profile(time: ReadTime): Record<string, number | null> {
  const parts = ['preprocess', 'inference', 'postprocess'].map((part) => [part, time(part, 'mean')] as const)
  if (parts.every(([, mean]) => mean === null)) return {}
  return Object.fromEntries(parts.map(([part, mean]) => [`handler_${part}_mean`, milliseconds(mean)]))
}

function timesIn(
  table: AnalysisTable | undefined,
): ReadonlyMap<string, Readonly<Record<string, number | null>>> {
  const names = table?.columns.map(({ name }) => name) ?? []
  return new Map(
    table?.rows.map((row) => {
      const cells = Object.fromEntries(names.map((name, index) => [name, row[index] as number | null]))
      return [`${String(cells['case'])} ${String(cells['time'])}`, cells]
    }),
  )
}

function gaugeMean(trials: readonly Trial[], names: readonly string[], scale: number): number | null {
  const means = trials.map(({ gauges }) =>
    names.map((name) => gauges[name]?.mean ?? null).find((mean) => mean !== null),
  )
  const known = means.filter((mean) => mean !== undefined && mean !== null)
  return known.length === 0
    ? null
    : rounded((scale * known.reduce((sum, mean) => sum + mean, 0)) / known.length)
}

function memoryShare(trials: readonly Trial[]): number | null {
  const used = gaugeMean(trials, ['host.memory.used'], 1)
  const available = gaugeMean(trials, ['host.memory.available'], 1)
  return used === null || available === null || used + available === 0
    ? null
    : rounded((100 * used) / (used + available))
}

function milliseconds(nanos: number | null): number | null {
  return nanos === null ? null : rounded(nanos / NANOS_PER_MILLISECOND)
}

/** As many digits as the suite has. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100
}
