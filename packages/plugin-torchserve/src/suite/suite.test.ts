import { describe, expect, it } from 'vitest'
import type { RunResult } from 'servebench/plugin'
import { abReports } from './ab-report.ts'
import { readSuite } from './read-suite.ts'
import { renderSuite } from './render-suite.ts'

// As the suite has it: lists and single numbers, keys that its own converter drops.
const VGG11 = `---
vgg11:
    eager_mode:
        benchmark_engine: "ab"
        url: "https://torchserve.pytorch.org/mar_files/vgg11_v2.mar"
        workers: 4
        batch_delay: 100
        batch_size:
            - 1
            - 8
        input: "./examples/image_classifier/kitten.jpg"
        requests: 10000
        concurrency: 100
        backend_profiling: False
        exec_env: "local"
        processors:
            - "cpu"
            - "gpus": "all"
    scripted_mode:
        url: scripted.mar
        workers:
            - 2
            - 4
        input: kitten.jpg
        processors:
            - "gpus": 2
            - "neuron"
`

describe('a file of the suite', () => {
  it('is read with all of its combinations', () => {
    expect(readSuite(VGG11, 'vgg11.yaml')).toEqual([
      {
        name: 'eager_mode_vgg11',
        url: 'https://torchserve.pytorch.org/mar_files/vgg11_v2.mar',
        workers: [4],
        batchSizes: [1, 8],
        batchDelay: 100,
        concurrency: [100],
        requests: 10_000,
        input: './examples/image_classifier/kitten.jpg',
        contentType: null,
        processors: [{ kind: 'cpu' }, { kind: 'gpu', count: null }],
      },
      {
        name: 'scripted_mode_vgg11',
        url: 'scripted.mar',
        workers: [2, 4],
        batchSizes: [1],
        batchDelay: 200,
        concurrency: [10],
        requests: 100,
        input: 'kitten.jpg',
        contentType: null,
        processors: [
          { kind: 'gpu', count: 2 },
          { kind: 'other', name: 'neuron' },
        ],
      },
    ])
  })

  it('is refused with everything that is wrong', () => {
    const text = `
vgg11:
    eager_mode:
        benchmark_engine: wrk
        workers: [0, two]
        batch_sizes: [1]
        input: 5
        processors:
            - gpus: some
`
    const problems = (() => {
      try {
        readSuite(text, 'x.yaml')
        return []
      } catch (error) {
        return (error as { problems: { path: string; suggestion?: string }[] }).problems
      }
    })()
    expect(problems.map(({ path }) => path.replace('vgg11.eager_mode.', '')).sort()).toEqual(
      ['batch_sizes', 'benchmark_engine', 'input', 'processors', 'url', 'workers'].sort(),
    )
    expect(problems.find(({ path }) => path.endsWith('batch_sizes'))?.suggestion).toBe('batch_size')
  })

  it.each(['', '---', '[]', 'a: 5', 'a: {b: 5}', '{', '\tx: &a [*a]'])('is refused when it is %j', (text) => {
    expect(() => readSuite(text, 'x.yaml')).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_VALIDATION' }),
    )
  })
})

describe('the report', () => {
  const distribution = { p50: 2e6, p90: 3e6, p99: 4.5678e6, mean: 2.5e6 }
  const result = {
    run: { id: '20261122T044200Z-k3f9', startedAt: '2026-11-22T04:42:00Z' },
    cases: [
      {
        id: 'c1',
        path: ['eager_mode_mlp', 'cpu'],
        case: { workers: 2, batch: 4, users: 8 },
        tags: ['torchserve-suite', 'torchserve-suite:input=./a|b, "c".jpg'],
        pooled: {
          counts: { due: 100, completed: 98, incorrect: 1 },
          throughput: 123.456,
          responseTime: distribution,
        },
      },
      { id: 'other', path: ['mine'], case: {}, tags: [], pooled: null },
    ],
    trials: [
      {
        caseId: 'c1',
        role: 'measurement',
        counts: { completed: 98 },
        server: null,
        gauges: {
          'host.cpu.utilization': { mean: 0.5 },
          'host.memory.used': { mean: 1 },
          'host.memory.available': { mean: 3 },
        },
        plan: {
          server: {
            kind: 'torchserve',
            state: { models: [{ source: { archive: 'mlp.mar' }, settings: { maxBatchDelay: 20 } }] },
          },
          streams: {
            main: {
              target: { kind: 'torchserve', options: { model: 'benchmark' } },
              load: { loop: 'closed', requests: 100 },
            },
          },
        },
      },
    ],
    analyses: [
      {
        name: 'torchserve-times',
        columns: ['case', 'time', 'requests', 'mean', 'p50', 'p90', 'p99'].map((name) => ({ name })),
        rows: [
          ['eager_mode_mlp > cpu > workers=2,batch=4,users=8', 'prediction', 98, 1.5e6, 1e6, 2e6, 3e6],
          ['eager_mode_mlp > cpu > workers=2,batch=4,users=8', 'queue', 98, 0.25e6, 0.1e6, 0.2e6, 0.3e6],
        ],
      },
    ],
  } as unknown as RunResult

  it('has the suite’s columns in its order, and nothing where nothing is known', () => {
    const [report, ...others] = abReports(result)
    expect(others).toEqual([])
    expect(report).toEqual({
      folder: 'cpu/eager_mode_mlp_w2_b4_c8',
      model: 'eager_mode_mlp',
      cells: {
        Benchmark: 'servebench',
        'Batch size': 4,
        'Batch delay': 20,
        Workers: 2,
        Model: '[.mar](mlp.mar)',
        Concurrency: 8,
        Input: '[input](./a|b, "c".jpg)',
        Requests: 100,
        'TS failed requests': 2,
        'TS throughput': 123.46,
        'TS latency P50': 2,
        'TS latency P90': 3,
        'TS latency P99': 4.57,
        'TS latency mean': 2.5,
        'TS error rate': 3,
        Model_p50: 1,
        Model_p90: 2,
        Model_p99: 3,
        'Queue time p50': 0.1,
        'Queue time p90': 0.2,
        'Queue time p99': 0.3,
        predict_mean: 1.5,
        handler_time_mean: null,
        waiting_time_mean: 0.25,
        worker_thread_mean: null,
        cpu_percentage_mean: 50,
        memory_percentage_mean: 25,
        gpu_percentage_mean: null,
        gpu_memory_percentage_mean: null,
        gpu_memory_used_mean: null,
      },
    })
    expect(Object.keys(report?.cells ?? {}).slice(0, 10)).toEqual([
      'Benchmark',
      'Batch size',
      'Batch delay',
      'Workers',
      'Model',
      'Concurrency',
      'Input',
      'Requests',
      'TS failed requests',
      'TS throughput',
    ])
  })

  it('is written as CSV and Markdown that readers take', () => {
    const files = renderSuite(abReports(result), result)
    expect(files.map(({ path }) => path)).toEqual(['cpu/eager_mode_mlp_w2_b4_c8/ab_report.csv', 'report.md'])
    const [csv, markdown] = files.map(({ text }) => text)
    expect(csv).toContain('servebench,4,20,2,[.mar](mlp.mar),8,"[input](./a|b, ""c"".jpg)",100,2,123.46,')
    expect(csv?.endsWith(',50,25,,,\r\n')).toBe(true)
    expect(markdown).toContain('## eager_mode_mlp')
    const tables = (markdown ?? '').split('\n').filter((line) => line.startsWith('|'))
    const cells = tables.map((line) => line.replaceAll('\\|', '').split('|').length)
    expect(new Set(cells).size).toBe(1)
    expect(tables).toHaveLength(3)
  })

  it('is not written for runs without the suite', () => {
    expect(renderSuite(abReports({ ...result, cases: result.cases.slice(1) }), result)).toEqual([])
  })
})
