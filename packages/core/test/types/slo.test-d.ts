import type { Slo } from 'servebench'
import { yes, type Equal } from './equal.ts'

const complete: Slo = {
  p50: '250us',
  'p99.9': '1.5s',
  responseTime: { p99: '50ms', mean: '5ms', max: '2m' },
  firstByte: { p95: '20ms' },
  errorRate: 0.001,
  throughput: 100,
  gauges: { 'gpu.power': { mean: 250, p95: 300 } },
  deadline: '1h',
}
yes<Equal<(typeof complete)['errorRate'], number | undefined>>()

export const wrong: readonly Slo[] = [
  // @ts-expect-error a limit has a unit
  { p99: '50' },
  // @ts-expect-error a limit is no number
  { responseTime: { mean: 5 } },
  // @ts-expect-error a percentile has a number
  { responseTime: { pmax: '5ms' } },
  // @ts-expect-error an unknown term
  { errorrate: 0 },
  // @ts-expect-error a share is a number
  { errorRate: '1%' },
  // @ts-expect-error a gauge has no p99
  { gauges: { cpu: { p99: 1 } } },
]
