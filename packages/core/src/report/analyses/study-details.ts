import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { AnalysisTable } from '../result.ts'
import { gpusOf, type StudyGpu } from '../study/study-columns.ts'
import type { StudyMeasurement, StudyResult } from '../study/study-result.ts'
import { severalCell } from './study-several.ts'
import { rankedPoints } from './study-ranking.ts'

const MOST_ROWS = 5000

/**
 * Every measurement, the best configurations first, with the columns of Model Analyzer's `metrics-model-inference.csv` and
 * `metrics-model-gpu.csv`: those that it always has, in its order, then those that it has when it is asked for them. Its
 * units are kept: milliseconds, megabytes, per cent; and its way to write several models into one cell.
 */
export function modelAnalyzerTable(study: StudyResult): readonly AnalysisTable[] {
  const measured = measurementsOf(study)
  if (measured.length === 0) return []
  const chapter = { id: `measurements-${study.id}`, title: `All measurements: ${study.path.join(' > ')}` }
  const used = inferenceColumns(study).filter(
    ({ always, name, read }) =>
      always || measured.some((one) => severalCell(name, read, one, study) !== null),
  )
  const rows = measured.slice(0, MOST_ROWS)
  return [
    {
      name: `study-details-${study.id}`,
      title: 'All measurements',
      columns: used.map(({ name }) => ({ name, unit: null })),
      rows: rows.map((one) => used.map(({ name, read }) => severalCell(name, read, one, study))),
      notes:
        measured.length > rows.length
          ? [`${measured.length - rows.length} further ones are in result.json.`]
          : [],
      chapter,
    },
    ...gpuTable(study, rows).map((table) => ({ ...table, chapter })),
  ]
}

/** A row for each GPU of each measurement; nothing where no sampler has read one. */
function gpuTable(study: StudyResult, rows: readonly StudyMeasurement[]): readonly AnalysisTable[] {
  const gpus = gpusOf(rows)
  if (gpus.length === 0) return []
  const columns = (gpu: StudyGpu): readonly Column[] => [
    MODEL,
    { name: 'GPU UUID', always: true, read: () => gpu.gauges },
    ...place(study),
    INSTANCES,
    SATISFIES,
    ...gpuColumns(gpu),
  ]
  return [
    {
      name: `study-gpus-${study.id}`,
      title: 'GPUs in all measurements',
      columns: columns(gpus[0] as StudyGpu).map(({ name }) => ({ name, unit: null })),
      rows: rows.flatMap((one) => gpus.map((gpu) => columns(gpu).map(({ read }) => read(one, study)))),
      notes: [],
    },
  ]
}

function measurementsOf(study: StudyResult): readonly StudyMeasurement[] {
  const order = new Map(rankedPoints(study).map(({ id }, index) => [id, index]))
  return study.measurements
    .filter(({ fidelity, purpose }) => fidelity === 1 && purpose !== 'confirm')
    .toSorted(
      (one, other) =>
        (order.get(one.point) ?? 0) - (order.get(other.point) ?? 0) || (one.load ?? 0) - (other.load ?? 0),
    )
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

/** Of memory the most, where it is known. */
const highest =
  (name: string, scale: number) =>
  (measurement: StudyMeasurement): JsonValue =>
    metric(`${name}.max`, scale)(measurement) ?? metric(name, scale)(measurement)

/** Axes may be paths of settings: `state.models.m.instances`. */
const axis =
  (...names: readonly string[]) =>
  ({ configuration }: StudyMeasurement): JsonValue => {
    const found = Object.keys(configuration).find((name) => names.includes(name.split('.').at(-1) ?? ''))
    return found === undefined ? null : (configuration[found] ?? null)
  }

const MILLISECONDS = 1e-6
const MEGABYTES = 1e-6

const MODEL: Column = { name: 'Model', always: true, read: (_, study) => study.path.at(-1) ?? null }
const INSTANCES: Column = {
  name: 'Instance Group',
  always: true,
  read: axis('instances', 'instance_group', 'workers'),
}
const SATISFIES: Column = {
  name: 'Satisfies Constraints',
  always: true,
  read: ({ violation }) => (violation <= 0 ? 'Yes' : 'No'),
}

/** What is measured, and at which load. */
function place({ plan }: StudyResult): readonly Column[] {
  const isRate = plan.loads?.vary === 'rate'
  return [
    { name: 'Batch', always: true, read: itemsPerRequest },
    {
      name: isRate ? 'Request Rate' : 'Concurrency',
      always: true,
      read: ({ load }) => load,
    },
    { name: 'Model Config Path', always: true, read: ({ configuration }) => caseName(configuration) },
  ]
}

/** Inferences in a request. */
function itemsPerRequest({ metrics }: StudyMeasurement): JsonValue {
  const [items, requests] = [metrics['items.throughput'] ?? null, metrics['throughput'] ?? null]
  return items === null || requests === null || requests === 0
    ? null
    : Number((items / requests).toPrecision(3))
}

function gpuColumns({ gauges }: StudyGpu): readonly Column[] {
  return [
    { name: 'Max GPU Memory Usage (MB)', read: highest(`gauges.${gauges}.memory.used`, MEGABYTES) },
    { name: 'Average GPU Utilization (%)', read: metric(`gauges.${gauges}.utilization`, 100) },
    { name: 'Average GPU Power Usage (W)', read: metric(`gauges.${gauges}.power`) },
  ]
}

function inferenceColumns(study: StudyResult): readonly Column[] {
  return [
    MODEL,
    ...place(study),
    INSTANCES,
    {
      name: 'Max Batch Size',
      always: true,
      read: axis('maxBatchSize', 'max_batch_size', 'batchSize', 'batch'),
    },
    SATISFIES,
    { name: 'Throughput (infer/sec)', always: true, read: metric('items.throughput') },
    { name: 'p99 Latency (ms)', always: true, read: metric('responseTime.p99', MILLISECONDS) },
    { name: 'p95 Latency (ms)', read: metric('responseTime.p95', MILLISECONDS) },
    { name: 'p90 Latency (ms)', read: metric('responseTime.p90', MILLISECONDS) },
    { name: 'Avg Latency (ms)', read: metric('responseTime.mean', MILLISECONDS) },
    { name: 'Response Wait Time (ms)', read: metric('serviceTime.mean', MILLISECONDS) },
    { name: 'Server Queue time (ms)', read: metric('stages.queue', MILLISECONDS) },
    { name: 'Server Compute Input time (ms)', read: metric('stages.computeInput', MILLISECONDS) },
    { name: 'Server Compute Infer time (ms)', read: metric('stages.computeInfer', MILLISECONDS) },
    { name: 'Server Compute Output time (ms)', read: metric('stages.computeOutput', MILLISECONDS) },
    { name: 'Max RAM Usage (MB)', read: highest('gauges.server.memory.rss', MEGABYTES) },
  ]
}
