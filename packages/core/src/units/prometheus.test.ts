import { expect, it } from 'vitest'
import { isCounter, parseMetricFamilies, parsePrometheus } from './prometheus.ts'

// Lines as TensorFlow Serving, TorchServe, Triton and the format's own documentation have them.
const PAGE = `# TYPE :tensorflow:serving:request_latency histogram
:tensorflow:serving:request_latency_bucket{model_name="m",API="Predict",entrypoint="GRPC",le="10"} 0
:tensorflow:serving:request_latency_bucket{model_name="m",le="+Inf"} 12
:tensorflow:serving:request_latency_sum{model_name="m"} 1.8e+06
Requests2XX{Level="Host",Hostname="vm",} 5.0
ts_queue_latency_microseconds{model_name="a",model_version="default",} 20308.921
# HELP nv_inference_count Number of inferences

http_requests_total{method="post",code="200"} 1027 1395066363000
escaped{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\"",brace="}"} 1.458255915e9
metric_without_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
down -Inf
rate NaN
negative -.5
spaced { a = "b" , c="d" } 1
`

it('reads what servers write', () => {
  expect(parsePrometheus(PAGE)).toEqual([
    {
      name: ':tensorflow:serving:request_latency_bucket',
      labels: { model_name: 'm', API: 'Predict', entrypoint: 'GRPC', le: '10' },
      value: 0,
    },
    {
      name: ':tensorflow:serving:request_latency_bucket',
      labels: { model_name: 'm', le: '+Inf' },
      value: 12,
    },
    { name: ':tensorflow:serving:request_latency_sum', labels: { model_name: 'm' }, value: 1_800_000 },
    { name: 'Requests2XX', labels: { Level: 'Host', Hostname: 'vm' }, value: 5 },
    {
      name: 'ts_queue_latency_microseconds',
      labels: { model_name: 'a', model_version: 'default' },
      value: 20308.921,
    },
    { name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 },
    {
      name: 'escaped',
      labels: { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"', brace: '}' },
      value: 1458255915,
    },
    { name: 'metric_without_labels', labels: {}, value: 12.47 },
    { name: 'something_weird', labels: { problem: 'division by zero' }, value: Infinity },
    { name: 'down', labels: {}, value: -Infinity },
    { name: 'rate', labels: {}, value: NaN },
    { name: 'negative', labels: {}, value: -0.5 },
  ])
})

it.each([
  '',
  '<html>',
  '{"a":1}',
  'a{b="c" 1',
  'a{b=c} 1',
  'a{ 5',
  '{} 1',
  'a',
  'a one',
  'a 1 2 3',
  'a 1.2.3',
  '1a 1',
  'a{b="c} 1',
])('passes over %j', (line) => {
  expect(parsePrometheus(`${line}\nok 1`)).toEqual([{ name: 'ok', labels: {}, value: 1 }])
})

it('takes any label for a label', () => {
  const [sample] = parsePrometheus('a{__proto__="x"} 1')
  expect(Object.entries(sample?.labels ?? {})).toEqual([['__proto__', 'x']])
  expect(sample?.labels['constructor']).toBeUndefined()
})

it('leaves a backslash alone that escapes nothing', () => {
  expect(parsePrometheus(String.raw`a{b="C:\tmp",c="\d\\n"} 1`)[0]?.labels).toEqual({
    b: String.raw`C:\tmp`,
    c: String.raw`\d\n`,
  })
})

it('reads no more than a server would write', () => {
  expect(parsePrometheus('a 1\n'.repeat(100_001))).toHaveLength(100_000)
})

it('tells what metrics there are, and which of them only grow', () => {
  const families = parseMetricFamilies(`# HELP jobs Of the queue\\nwith a second line
# TYPE jobs gauge
jobs 3
# TYPE nv_inference_count counter
# TYPE latency histogram
# TYPE size_total gauge
# HELP silent
# TYPE untold untyped
# EOF
`)
  expect([...families]).toEqual([
    ['jobs', { type: 'gauge', help: 'Of the queue\nwith a second line' }],
    ['nv_inference_count', { type: 'counter', help: '' }],
    ['latency', { type: 'histogram', help: '' }],
    ['size_total', { type: 'gauge', help: '' }],
    ['silent', { type: 'untyped', help: '' }],
    ['untold', { type: 'untyped', help: '' }],
  ])
  const grows = (name: string): boolean => isCounter(name, families)
  const names = ['nv_inference_count', 'latency_bucket', 'latency_sum', 'latency_count', 'requests_total']
  expect(names.filter((name) => !grows(name))).toEqual([])
  expect(['jobs', 'size_total', 'untold', 'unknown', 'latency'].filter(grows)).toEqual([])
})
