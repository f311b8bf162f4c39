import { triton, tritonServer } from '@servebench/plugin-triton'
import { closed, scenario, type Duration } from 'servebench'

const { http, grpc, protocol, concurrency, elements, warmup, duration } = JSON.parse(
  process.env['BENCH_TRITON'] ?? '{}',
) as {
  readonly http: string
  readonly grpc: string
  readonly protocol: 'http' | 'grpc'
  readonly concurrency: number
  readonly elements: number
  readonly warmup: Duration
  readonly duration: Duration
}

scenario('identity', {
  server: tritonServer({ url: http, grpcUrl: grpc }),
  target: () => triton({ model: 'identity', protocol }),
  input: { inputs: { INPUT: { data: new Float32Array(elements), shape: [1, elements] } } },
  load: closed({ concurrency }),
  warmup,
  duration,
})
