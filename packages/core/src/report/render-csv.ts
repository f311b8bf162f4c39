import { modelAnalyzerTable } from './analyses/study-details.ts'
import { caseName } from './case-name.ts'
import { describeLoads } from './describe-load.ts'
import type { Distribution, Metrics, RunResult, StepMetrics, Trial } from './result.ts'
import { csvTable, type CsvValue } from './table.ts'

type Field = readonly [name: string, read: (trial: Trial) => CsvValue]
type MetricField = readonly [name: string, read: (metrics: Metrics) => CsvValue]

/** One row per trial; matrix axes and gauges get columns of their own. Times in ns, rates per second, shares 0 to 1. */
export function renderTrialsCsv({ run, trials }: RunResult): string {
  const axes = namesOf(trials.map((trial) => trial.case))
  const gauges = namesOf(trials.map((trial) => trial.gauges))
  const fields: readonly Field[] = [
    ['run', () => run.id],
    ['trial', (trial) => trial.id],
    ['file', (trial) => trial.file],
    ['scenario', (trial) => trial.path.join(' > ')],
    ['case', (trial) => caseName(trial.case)],
    ...axes.map((axis): Field => [`case.${axis}`, (trial) => trial.case[axis] ?? null]),
    ['repeat', (trial) => trial.repeat],
    ['role', (trial) => trial.role],
    ['probe', (trial) => trial.plan.probe?.purpose ?? null],
    ['probe.value', (trial) => trial.plan.probe?.value ?? null],
    ['state', (trial) => trial.state],
    ['startedAt', (trial) => trial.startedAt],
    ['seed', (trial) => trial.seed],
    ['planHash', (trial) => trial.planHash],
    ['engine', (trial) => trial.engine.name],
    ['load', (trial) => describeLoads(trial.plan)],
    ['workers', (trial) => trial.workers],
    ['connections', (trial) => trial.connections.count],
    ['duration', ({ phases }) => phases.measurement.until - phases.measurement.from],
    ...METRICS,
    ...COSTS.map((name): Field => [`perRequest.${name}`, ({ perRequest }) => perRequest?.[name] ?? null]),
    ['engine.cpu', (trial) => trial.engine.cpu],
    ['validity', (trial) => trial.verdict.validity],
    ['reasons', (trial) => trial.verdict.reasons.map((reason) => reason.code).join(' ')],
    ['slo', (trial) => trial.slo?.verdict ?? null],
    ...gauges.flatMap((gauge): readonly Field[] => [
      [`gauges.${gauge}.mean`, (trial) => trial.gauges[gauge]?.mean ?? null],
      [`gauges.${gauge}.max`, (trial) => trial.gauges[gauge]?.max ?? null],
    ]),
    ...coldStartFields(trials),
    ['error', (trial) => trial.error?.message ?? null],
  ]
  return csvTable(
    fields.map(([name]) => name),
    trials.map((trial) => fields.map(([, read]) => read(trial))),
  )
}

const COSTS = ['bytesOut', 'bytesIn', 'encodeTime', 'clientCpu', 'serverCpu'] as const

/** Columns only where a trial has a cold start. */
function coldStartFields(trials: readonly Trial[]): readonly Field[] {
  if (trials.every(({ coldStart }) => coldStart === undefined)) return []
  return [
    ...COLD_START.map((name): Field => [`coldStart.${name}`, ({ coldStart }) => coldStart?.[name] ?? null]),
    ['coldStart.model.bytes', ({ coldStart }) => coldStart?.model?.bytes ?? null],
    ['coldStart.model.cached', ({ coldStart }) => coldStart?.model?.cached ?? null],
  ]
}

const COLD_START = [
  'system',
  'live',
  'modelLoad',
  'ready',
  'pause',
  'firstAnswer',
  'failedBefore',
  'total',
  'warm',
] as const

/** One row per stream of every trial that has several; `undefined` where none has. */
export function renderStreamsCsv({ trials }: RunResult): string | undefined {
  const several = trials.filter((trial) => Object.keys(trial.streams).length > 1)
  if (several.length === 0) return undefined
  return csvTable(
    ['trial', 'scenario', 'case', 'repeat', 'stream', ...METRICS.map(([name]) => name)],
    several.flatMap((trial) =>
      Object.entries(trial.streams).map(([name, metrics]) => [
        trial.id,
        trial.path.join(' > '),
        caseName(trial.case),
        trial.repeat,
        name,
        ...METRICS.map(([, read]) => read(metrics)),
      ]),
    ),
  )
}

/** One row per step of every pipeline; `undefined` where there is none. */
export function renderStepsCsv({ trials }: RunResult): string | undefined {
  const rows = trials.flatMap((trial) =>
    Object.entries(trial.streams).flatMap(([stream, { pipeline }]) =>
      (pipeline?.steps ?? []).map((step) => [
        trial.id,
        trial.path.join(' > '),
        caseName(trial.case),
        trial.repeat,
        stream,
        ...STEP.map(([, read]) => read(step)),
      ]),
    ),
  )
  if (rows.length === 0) return undefined
  return csvTable(['trial', 'scenario', 'case', 'repeat', 'stream', ...STEP.map(([name]) => name)], rows)
}

/** One row per second of every trial. */
export function renderWindowsCsv({ trials }: RunResult): string {
  const gauges = namesOf(trials.flatMap((trial) => trial.windows.map((window) => window.gauges ?? {})))
  return csvTable(
    ['trial', 'scenario', 'case', 'repeat', ...WINDOW, ...gauges.map((gauge) => `gauges.${gauge}`)],
    trials.flatMap((trial) =>
      trial.windows.map((window) => [
        trial.id,
        trial.path.join(' > '),
        caseName(trial.case),
        trial.repeat,
        ...WINDOW.map((name) => window[name]),
        ...gauges.map((gauge) => window.gauges?.[gauge] ?? null),
      ]),
    ),
  )
}

/** One row per probe of every search, with its search's answer; empty text when there is no search. */
export function renderSearchesCsv({ searches }: RunResult): string {
  if (searches.length === 0) return ''
  return csvTable(
    ['file', 'scenario', 'case', 'vary', 'outcome', 'answer', 'answer.low', 'answer.high', ...PROBE],
    searches.flatMap(({ file, path, case: values, vary, outcome, answer, probes }) =>
      probes.map((probe) => [
        file,
        path.join(' > '),
        caseName(values),
        vary,
        outcome,
        answer?.value ?? null,
        answer?.interval[0] ?? null,
        answer?.interval[1] ?? null,
        ...PROBE.map((name) => probe[name]),
      ]),
    ),
  )
}

const PROBE = [
  'trial',
  'value',
  'purpose',
  'verdict',
  'reason',
  'validity',
  'duration',
  'offeredLoad',
  'throughput',
  'errorRate',
  'p50',
  'p99',
] as const

const COUNTS = [
  'due',
  'sent',
  'completed',
  'failed',
  'timedOut',
  'dropped',
  'censored',
  'incorrect',
  'checked',
  'retried',
  'late',
] as const

const DISTRIBUTIONS = ['responseTime', 'serviceTime', 'firstByte', 'dispatchLag', 'transportWait'] as const

const STATISTICS = ['mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'] as const

const WINDOW = [
  'from',
  'until',
  'phase',
  'due',
  'completed',
  'failed',
  'inFlight',
  'p50',
  'p95',
  'p99',
  'lagP99',
] as const

const METRICS: readonly MetricField[] = [
  ...COUNTS.map((name): MetricField => [name, ({ counts }) => counts[name]]),
  ['offeredLoad', (metrics) => metrics.offeredLoad],
  ['throughput', (metrics) => metrics.throughput],
  ['throughput.low', (metrics) => metrics.rateIntervals.throughput?.[0] ?? null],
  ['throughput.high', (metrics) => metrics.rateIntervals.throughput?.[1] ?? null],
  ['goodput', (metrics) => metrics.goodput],
  ['items.perRequest', (metrics) => metrics.items.perRequest],
  ['items.throughput', (metrics) => metrics.items.throughput],
  ['inFlight.mean', (metrics) => metrics.inFlight.mean],
  ...DISTRIBUTIONS.flatMap(distributionFields),
]

function distributionFields(name: (typeof DISTRIBUTIONS)[number]): readonly MetricField[] {
  const bound = (distribution: Distribution, side: 0 | 1): number | null =>
    distribution.intervals['p99']?.[side] ?? null
  return [
    ...STATISTICS.map((statistic): MetricField => [
      `${name}.${statistic}`,
      (metrics) => metrics[name][statistic],
    ]),
    [`${name}.p99.low`, (metrics) => bound(metrics[name], 0)],
    [`${name}.p99.high`, (metrics) => bound(metrics[name], 1)],
  ]
}

type StepField = readonly [name: string, read: (step: StepMetrics) => CsvValue]

const STEP_COUNTS = ['due', 'sent', 'completed', 'failed', 'timedOut', 'censored'] as const
const STEP_TIMES = ['time', 'glue', 'transportWait', 'firstByte', 'serverQueue', 'serverCompute'] as const

const STEP: readonly StepField[] = [
  ['step', (step) => step.name],
  ['target', (step) => step.target],
  ...STEP_COUNTS.map((name): StepField => [name, ({ counts }) => counts[name]]),
  ['failures', ({ failures }) => Object.keys(failures).join(' ')],
  ['mean', (step) => step.mean],
  ['glueMean', (step) => step.glueMean],
  ['share', (step) => step.share],
  ...STEP_TIMES.flatMap((name) =>
    STATISTICS.map((statistic): StepField => [`${name}.${statistic}`, (step) => step[name][statistic]]),
  ),
]

function namesOf(records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))]
}

/** What a study writes under the names of Model Analyzer's files; `undefined` where there is nothing of the kind. */
export function renderStudiesCsv({ studies = [] }: RunResult, of: 'inference' | 'gpu'): string | undefined {
  const prefix = of === 'gpu' ? 'study-gpus-' : 'study-details-'
  const tables = studies.flatMap((study) =>
    modelAnalyzerTable(study).filter(({ name }) => name.startsWith(prefix)),
  )
  if (tables.length === 0) return undefined
  const names = [...new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))]
  return csvTable(
    names,
    tables.flatMap(({ columns, rows }) =>
      rows.map((row) =>
        names.map((name) => (row[columns.findIndex((column) => column.name === name)] ?? null) as CsvValue),
      ),
    ),
  )
}
