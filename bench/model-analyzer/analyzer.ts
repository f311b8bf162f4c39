import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What both tools search: the same configurations at the same loads, for the same aim. */
const SPACE = {
  instances: [1, 2],
  maxBatchSize: [1, 8],
  concurrency: [1, 4, 16],
  /** Of dynamic batching, which is on in every configuration but the default one. */
  maxQueueDelayMicroseconds: 100,
  latencyBudgetMs: 60,
} as const

/** One row of Model Analyzer's table. */
export interface AnalyzerRow {
  readonly configuration: string
  readonly instances: number
  readonly maxBatchSize: number
  readonly concurrency: number
  readonly satisfies: boolean
  /** Inferences per second. */
  readonly throughput: number
  /** ms */
  readonly p99: number
}

export interface AnalyzerSettings {
  readonly models: string
  /** Where it keeps what it writes. */
  readonly folder: string
  readonly http: string
  readonly grpc: string
  readonly metrics: string
  readonly perfAnalyzer: string
}

/** Writes its configuration, by which servebench is told as well, and returns the file. YAML is JSON as well. */
export function writeSettings({
  models,
  folder,
  http,
  grpc,
  metrics,
  perfAnalyzer,
}: AnalyzerSettings): string {
  const checkpoints = join(folder, 'checkpoints')
  mkdirSync(checkpoints, { recursive: true })
  const file = join(folder, 'model-analyzer.yaml')
  const settings = {
    model_repository: models,
    checkpoint_directory: checkpoints,
    export_path: folder,
    output_model_repository_path: join(folder, 'output'),
    override_output_model_repository: true,
    triton_launch_mode: 'remote',
    triton_http_endpoint: new URL(http).host,
    triton_grpc_endpoint: new URL(grpc).host,
    triton_metrics_url: metrics,
    client_protocol: 'grpc',
    perf_analyzer_path: perfAnalyzer,
    run_config_search_disable: true,
    profile_models: {
      batched: {
        parameters: { batch_sizes: [1], concurrency: SPACE.concurrency },
        model_config_parameters: {
          max_batch_size: SPACE.maxBatchSize,
          instance_group: [{ kind: 'KIND_CPU', count: SPACE.instances }],
          dynamic_batching: { max_queue_delay_microseconds: [SPACE.maxQueueDelayMicroseconds] },
        },
        objectives: ['perf_throughput'],
        constraints: { perf_latency_p99: { max: SPACE.latencyBudgetMs } },
      },
    },
  }
  writeFileSync(file, JSON.stringify(settings, null, 2))
  return file
}

/** Reads `results/metrics-model-inference.csv`. */
export function readRows(folder: string): readonly AnalyzerRow[] {
  const text = readFileSync(join(folder, 'results/metrics-model-inference.csv'), 'utf8')
  const [head = '', ...lines] = text.trim().split(/\r?\n/)
  const columns = head.split(',')
  const at = (cells: readonly string[], name: string): string => {
    const index = columns.indexOf(name)
    if (index < 0) throw new Error(`Model Analyzer's table has no column '${name}': ${head}`)
    return cells[index] ?? ''
  }
  return lines.map((line) => {
    const cells = line.split(',')
    return {
      configuration: at(cells, 'Model Config Path'),
      instances: Number.parseInt(at(cells, 'Instance Group'), 10),
      maxBatchSize: Number(at(cells, 'Max Batch Size')),
      concurrency: Number(at(cells, 'Concurrency')),
      satisfies: at(cells, 'Satisfies Constraints') === 'Yes',
      throughput: Number(at(cells, 'Throughput (infer/sec)')),
      p99: Number(at(cells, 'p99 Latency (ms)')),
    }
  })
}

/** The row with the highest throughput of those that keep the constraint. */
export function bestRow(rows: readonly AnalyzerRow[]): AnalyzerRow | null {
  const [best = null] = rows
    .filter(({ satisfies }) => satisfies)
    .toSorted((a, b) => b.throughput - a.throughput)
  return best
}
