import { metricsFixture, resultFixture, trialFixture } from '../../../core/test/result-fixture.ts'
import { HdrHistogram } from '../../../core/src/report/hdr.ts'
import type { Distribution, Interval, Metrics, RunResult, Trial } from '../../../core/src/report/result.ts'
import { normalCdf, normalQuantile } from '../../../core/src/stats/special/normal.ts'
import { Random } from '../../../core/src/stats/prng.ts'

export interface SyntheticOptions {
  readonly cases?: number
  readonly repeats?: number
  /** Requests of a trial. */
  readonly requests?: number
  /** Seconds of a trial, a window for each. */
  readonly seconds?: number
  readonly seed?: number
  /** What all times are multiplied by. */
  readonly slower?: number
}

const SHARES = [50, 90, 95, 99, 99.9] as const

/**
 * A result as large runs have it, each trial with numbers of its own: response times are lognormal, and histograms and
 * percentiles follow from its quantiles without any samples.
 */
export function syntheticResult(options: SyntheticOptions = {}): RunResult {
  const { cases = 40, repeats = 5, requests = 100_000, seconds = 60, seed = 1, slower = 1 } = options
  const random = new Random([seed, seed + 1, seed + 2, seed + 3])
  const trials = Array.from({ length: cases }, (_, place) =>
    Array.from({ length: repeats }, (_, repeat) => {
      const batch = 1 << (place % 5)
      const instances = 1 + Math.floor(place / 5)
      const median =
        slower * 1e6 * (0.6 + 0.35 * batch) * (1 + 0.6 / instances) * (0.95 + 0.1 * random.next())
      return syntheticTrial({ place, repeat, batch, instances, median, requests, seconds, random })
    }),
  ).flat()
  return resultFixture(trials)
}

interface TrialRequest {
  readonly place: number
  readonly repeat: number
  readonly batch: number
  readonly instances: number
  readonly median: number
  readonly requests: number
  readonly seconds: number
  readonly random: Random
}

function syntheticTrial(request: TrialRequest): Trial {
  const { repeat, batch, instances, median, requests, seconds, random } = request
  const named = {
    path: ['resnet50 on Triton', 'latency under Poisson load'],
    case: { instances, batch },
    repeat,
  }
  const base = trialFixture({ ...named, latencies: [] })
  const rate = requests / seconds
  const metrics = syntheticMetrics(median, requests, rate, random)
  const windows = Array.from({ length: seconds }, (_, second) => {
    const factor = 0.9 + 0.2 * random.next()
    return {
      from: (second + 1) * 1e9,
      until: (second + 2) * 1e9,
      phase: 'measurement' as const,
      due: Math.round(rate * factor),
      completed: Math.round(rate * factor),
      failed: 0,
      inFlight: rate * median * 1e-9 * factor,
      p50: Math.round(median * factor),
      p95: Math.round(median * factor * 2.1),
      p99: Math.round(median * factor * 3.2),
      lagP99: 10_000 + Math.round(random.next() * 20_000),
    }
  })
  return {
    ...base,
    ...metrics,
    streams: { main: metrics },
    phases: {
      warmup: { from: 0, until: 1e9 },
      measurement: { from: 1e9, until: (seconds + 1) * 1e9 },
      drain: { from: (seconds + 1) * 1e9, until: (seconds + 1.2) * 1e9 },
    },
    windows,
    gauges: {
      'gpu0.power': {
        unit: 'W',
        device: 'gpu0',
        mean: 180 + 40 * random.next(),
        min: 60,
        max: 300,
        p95: 280,
        coverage: 1,
      },
    },
    records: { path: `records/${base.id}.arrows`, rows: requests, complete: true },
  }
}

function syntheticMetrics(median: number, requests: number, rate: number, random: Random): Metrics {
  const base = metricsFixture({ latencies: [] })
  const around = (value: number): Distribution =>
    lognormal(value * (0.97 + 0.06 * random.next()), 0.5, requests)
  const interval: Interval = [rate * 0.99, rate * 1.01]
  const response = around(median)
  return {
    ...base,
    counts: { ...base.counts, due: requests, sent: requests, completed: requests },
    offeredLoad: rate,
    throughput: rate,
    goodput: rate,
    rateIntervals: { throughput: interval, goodput: interval },
    items: { perRequest: 1, throughput: rate },
    responseTime: response,
    responseTimeWithFailures: response,
    serviceTime: around(median * 0.95),
    firstByte: around(median * 0.9),
    dispatchLag: around(8_000),
    transportWait: around(20_000),
    serverQueue: around(median * 0.3),
    serverCompute: around(median * 0.5),
    inFlight: { mean: rate * median * 1.13e-9, max: 40 },
  }
}

function lognormal(median: number, deviation: number, count: number): Distribution {
  const at = (share: number): number => Math.round(median * Math.exp(deviation * normalQuantile(share)))
  const histogram = new HdrHistogram()
  // As many in each of its buckets as a sample of this size has on average, so that it is as full as real ones are.
  let seen = 0
  for (
    let value = at(0.5 / count);
    seen < count;
    value += Math.max(1, 2 ** (Math.floor(Math.log2(value)) - 10))
  ) {
    const until = Math.min(count, Math.round(count * normalCdf(Math.log(value / median) / deviation)))
    if (until > seen) histogram.record(value, until - seen)
    seen = Math.max(seen, value > at(1 - 0.5 / count) ? count : until)
  }
  const percentiles = Object.fromEntries(SHARES.map((p) => [`p${p}`, at(p / 100)])) as Record<
    'p50' | 'p90' | 'p95' | 'p99' | 'p99.9',
    number
  >
  return {
    unit: 'ns',
    count,
    mean: Math.round(median * Math.exp((deviation * deviation) / 2)),
    min: at(0.5 / count),
    max: at(1 - 0.5 / count),
    ...percentiles,
    method: 'exact',
    intervals: Object.fromEntries(
      Object.entries(percentiles).map(([key, value]) => [key, [value * 0.98, value * 1.02] as const]),
    ),
    why: {},
    effectiveCount: Math.round(count / 3),
    hdr: histogram.encode(),
  }
}
