import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { AnalysisTable } from '../result.ts'
import type { StudyMeasurement, StudyResult } from '../study/study-result.ts'
import { severalCell } from './study-several.ts'

const MOST_ROWS = 5000

/**
 * Every measurement, with the columns of Model Analyzer's `metrics-model-inference.csv` and `metrics-model-gpu.csv`. Its
 * units are kept: milliseconds, megabytes, per cent; and its way to write several models into one cell.
 */
export function modelAnalyzerTable(study: StudyResult): readonly AnalysisTable[] {
  const measured = study.measurements.filter(
    ({ fidelity, purpose }) => fidelity === 1 && purpose !== 'confirm',
  )
  if (measured.length === 0) return []
  const used = COLUMNS.filter(
    ({ always, name, read }) =>
      always || measured.some((one) => severalCell(name, read, one, study) !== null),
  )
  return [
    {
      name: `study-details-${study.id}`,
      title: `All measurements: ${study.path.join(' > ')}`,
      columns: used.map(({ name }) => ({ name, unit: null })),
      rows: measured
        .slice(0, MOST_ROWS)
        .map((one) => used.map(({ name, read }) => severalCell(name, read, one, study))),
      notes: [],
      plotOnly: true,
    },
  ]
}

interface Column {
  readonly name: string
  readonly always?: boolean
  readonly read: (measurement: StudyMeasurement, study: StudyResult) => JsonValue
}

const metric =
  (name: string, scale = 1) =>
  ({ metrics }: StudyMeasurement): JsonValue => {
    const value = metrics[name] ?? null
    return value === null ? null : Number((value * scale).toPrecision(7))
  }

const axis =
  (...names: readonly string[]) =>
  ({ configuration }: StudyMeasurement): JsonValue => {
    const found = names.find((name) => name in configuration)
    return found === undefined ? null : (configuration[found] ?? null)
  }

const MILLISECONDS = 1e-6
const MEGABYTES = 1e-6

const COLUMNS: readonly Column[] = [
  { name: 'Model', always: true, read: (_, study) => study.path.at(-1) ?? null },
  { name: 'Batch', read: axis('batchSize', 'clientBatch') },
  {
    name: 'Concurrency',
    read: ({ load }, { plan }) => (plan.loads?.vary === 'concurrency' ? load : null),
  },
  { name: 'Request Rate', read: ({ load }, { plan }) => (plan.loads?.vary === 'rate' ? load : null) },
  { name: 'Model Config Path', always: true, read: ({ configuration }) => caseName(configuration) },
  { name: 'Instance Group', read: axis('instances', 'instance_group') },
  { name: 'Max Batch Size', read: axis('maxBatchSize', 'max_batch_size', 'batch') },
  {
    name: 'Satisfies Constraints',
    always: true,
    read: ({ violation }) => (violation <= 0 ? 'Yes' : 'No'),
  },
  { name: 'Throughput (infer/sec)', always: true, read: metric('items.throughput') },
  { name: 'p99 Latency (ms)', always: true, read: metric('responseTime.p99', MILLISECONDS) },
  { name: 'p95 Latency (ms)', read: metric('responseTime.p95', MILLISECONDS) },
  { name: 'p90 Latency (ms)', read: metric('responseTime.p90', MILLISECONDS) },
  { name: 'Average Latency (ms)', read: metric('responseTime.mean', MILLISECONDS) },
  { name: 'Response Wait Time (ms)', read: metric('serviceTime.mean', MILLISECONDS) },
  { name: 'Request/Response Time (ms)', read: metric('transportWait.mean', MILLISECONDS) },
  { name: 'Server Queue time (ms)', read: metric('stages.queue', MILLISECONDS) },
  { name: 'Server Compute Input time (ms)', read: metric('stages.computeInput', MILLISECONDS) },
  { name: 'Server Compute Infer time (ms)', read: metric('stages.computeInfer', MILLISECONDS) },
  { name: 'Server Compute Output time (ms)', read: metric('stages.computeOutput', MILLISECONDS) },
  { name: 'Max GPU Memory Usage (MB)', read: metric('gauges.gpu0.memory.used', MEGABYTES) },
  { name: 'Average GPU Utilization (%)', read: metric('gauges.gpu0.utilization', 100) },
  { name: 'Average GPU Power Usage (W)', read: metric('gauges.gpu0.power') },
  { name: 'Max RAM Usage (MB)', read: metric('gauges.server.memory.rss', MEGABYTES) },
]
