import { parsePrometheus } from 'servebench/plugin'
import { expect, it } from 'vitest'
import { StatisticsReader } from '../src/server/read-statistics.ts'

/** A page as servers with batching write it: histograms of microseconds. */
function page(model: string, requests: number, latency: number, more = ''): string {
  const labels = `model_name="${model}",API="Predict"`
  return `# TYPE :tensorflow:serving:request_latency histogram
:tensorflow:serving:request_latency_bucket{${labels},entrypoint="GRPC",le="10"} ${requests}
:tensorflow:serving:request_latency_sum{${labels},entrypoint="GRPC"} ${latency}
:tensorflow:serving:request_latency_count{${labels},entrypoint="GRPC"} ${requests}
:tensorflow:serving:request_latency_sum{${labels},entrypoint="REST",status="INVALID_ARGUMENT"} 99
:tensorflow:serving:request_latency_count{${labels},entrypoint="REST",status="INVALID_ARGUMENT"} 3
:tensorflow:serving:request_count{model_name="${model}",status="OK"} ${requests}
:tensorflow:serving:request_count{model_name="${model}",status="UNAVAILABLE"} 2
:tensorflow:serving:runtime_latency_sum{${labels},runtime="TF1"} ${latency - 100}
:tensorflow:serving:runtime_latency_count{${labels},runtime="TF1"} ${requests}
${more}`
}

const BATCHING = `
:tensorflow:serving:batching_session:queuing_latency_sum{thread_pool_name="a"} 300
:tensorflow:serving:batching_session:queuing_latency_count{thread_pool_name="a"} 10
:tensorflow:serving:batching_session:padding_size_sum{execution_batch_size="8"} 3
:tensorflow:serving:batching_session:padding_size_count{execution_batch_size="8"} 1
:tensorflow:serving:batching_session:padding_size_sum{execution_batch_size="4"} 0
:tensorflow:serving:batching_session:padding_size_count{execution_batch_size="4"} 2
:tensorflow:serving:batching_session:processed_batch_size_sum{} 16
`

const read = (reader: StatisticsReader, text: string): ReturnType<StatisticsReader['read']> =>
  reader.read(parsePrometheus(text))

it('parts requests into queue, runtime and the rest, and counts batches and what fills them', () => {
  const { models } = read(new StatisticsReader(), page('m', 10, 2000, BATCHING))
  expect(models).toEqual({
    m: {
      success: { count: 10, ns: 2_000_000 },
      fail: { count: 2, ns: 0 },
      queue: { count: 10, ns: 300_000 },
      computeInput: { count: 0, ns: 0 },
      // 1900 µs in the runtime, 300 of them waiting for a batch.
      computeInfer: { count: 10, ns: 1_600_000 },
      computeOutput: { count: 0, ns: 0 },
      // 1 × 8 + 2 × 4 rows were executed, of which 3 were padding.
      inferences: 13,
      executions: 3,
      padding: 3,
      batches: [
        { size: 8, computeInfer: { count: 1, ns: 0 } },
        { size: 4, computeInfer: { count: 2, ns: 0 } },
      ],
    },
  })
})

it('says nothing about batches that no model owns', () => {
  const reader = new StatisticsReader()
  const { models } = read(reader, page('m', 10, 2000, page('n', 5, 100, BATCHING)))
  expect(Object.keys(models)).toEqual(['m', 'n'])
  for (const model of Object.values(models))
    expect([model.queue, model.executions, model.batches]).toEqual([{ count: 0, ns: 0 }, 0, []])
})

it('never takes back what it has said, when a second model begins to answer', () => {
  const reader = new StatisticsReader()
  expect(read(reader, '').models).toEqual({})
  const before = read(reader, page('m', 10, 2000, BATCHING)).models['m']
  const more = BATCHING.replace(' 300', ' 900')
  const after = read(reader, page('m', 20, 4000, page('n', 5, 100, more))).models
  expect(after['m']?.queue).toEqual(before?.queue)
  expect(after['m']?.executions).toBe(before?.executions)
  expect(after['n']?.queue).toEqual({ count: 0, ns: 0 })
})

it('reads pages without batching, and pages of others', () => {
  const reader = new StatisticsReader()
  expect(read(reader, page('m', 1, 500)).models['m']).toMatchObject({
    executions: 0,
    batches: [],
    queue: { ns: 0 },
  })
  expect(read(new StatisticsReader(), '<html>\nup 1\n').models).toEqual({})
  expect(read(new StatisticsReader(), page('m', NaN, NaN)).models).toEqual({})
})
