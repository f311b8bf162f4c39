import { describe, expect, it } from 'vitest'
import { parseAb } from './ab.ts'
import { parseAutocannon } from './autocannon.ts'
import { parseFortio } from './fortio.ts'
import { parseGhz } from './ghz.ts'
import { parseH2load } from './h2load.ts'
import { parseHey } from './hey.ts'
import { parseK6 } from './k6.ts'
import { parseLocust } from './locust.ts'
import { parseOha } from './oha.ts'
import { parsePerfAnalyzer } from './perf-analyzer.ts'
import { parseTrial, parseTritonRun } from './servebench.ts'
import { nanos } from './text.ts'
import { parseVegeta } from './vegeta.ts'
import { parseWrk } from './wrk.ts'

// What each tool printed against a server that takes 1 ms, shortened to the lines that matter.

describe('what tools print', () => {
  it('perf_analyzer', () => {
    const text = `Request concurrency: 4
  Client: 
    Request count: 13747
    Throughput: 3608.31 infer/sec
    Avg latency: 1103 usec (standard deviation 2364 usec)
    p50 latency: 887 usec
    p90 latency: 1531 usec
    p95 latency: 1879 usec
    p99 latency: 5214 usec
    Avg gRPC time: 1096 usec ((un)marshal request/response 2 usec + response wait 1094 usec)
  Server: 
    Inference count: 13747
    Execution count: 8192
    Successful request count: 13747
    Avg request latency: 591 usec (overhead 1 usec + queue 130 usec + compute input 20 usec + compute infer 310 usec + compute output 129 usec)`
    expect(parsePerfAnalyzer(text)).toEqual({
      throughput: 3608.31,
      count: 13_747,
      mean: 1_103_000,
      p50: 887_000,
      p90: 1_531_000,
      p99: 5_214_000,
      more: { server: { queue: 130_000, input: 20_000, infer: 310_000, output: 129_000 } },
    })
    expect(() => parsePerfAnalyzer('failed to create concurrency manager')).toThrow()
  })

  it('servebench, of a Triton', () => {
    const total = (ns: number) => ({ count: 10, ns })
    const counters = {
      identity: {
        success: total(900),
        queue: total(100),
        computeInput: total(200),
        computeInfer: total(300),
        computeOutput: total(50),
      },
    }
    const trial = {
      state: 'completed',
      error: null,
      throughput: 5,
      counts: { due: 10, completed: 10, failed: 0, timedOut: 0, dropped: 0, censored: 0 },
      failures: {},
      responseTime: { mean: 7, p50: 6, p90: 8, p99: 9, 'p99.9': 9, max: 9 },
      failedResponseTime: { p50: null, min: null },
      engine: { name: 'grpc-http2', cpu: 0.5 },
      verdict: { validity: 'valid', reasons: [] },
    }
    const told = parseTritonRun(JSON.stringify({ trials: [{ ...trial, server: { counters } }] }))
    expect(told).toMatchObject({ throughput: 5, p50: 6 })
    expect(told.more?.['server']).toEqual({ queue: 10, input: 20, infer: 30, output: 5 })
    expect(() => parseTritonRun(JSON.stringify({ trials: [{ ...trial, server: null }] }))).toThrow()
  })

  it('wrk', () => {
    const text = `  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.15ms  346.43us   4.44ms   96.04%
    Req/Sec     1.76k    88.63     1.85k    90.00%
  Latency Distribution
     50%    1.08ms
     75%    1.10ms
     90%    1.13ms
     99%    3.22ms
  1754 requests in 1.00s, 3.59MB read
  Socket errors: connect 1, read 2, write 0, timeout 4
  Non-2xx or 3xx responses: 10
Requests/sec:   1746.94`
    expect(parseWrk(text)).toEqual({
      throughput: 1746.94,
      count: 1744,
      errors: 17,
      p50: 1.08e6,
      p90: 1.13e6,
      p99: 3.22e6,
      p999: undefined,
      max: 4.44e6,
    })
    expect(() => parseWrk('unable to connect')).toThrow()
  })

  it('wrk2', () => {
    const text = `    Latency     1.03ms  200.00us   2.00s   96.04%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    1.02ms
 90.000%  501.25ms
 99.000%    0.95s
 99.900%    1.00s
  5000 requests in 10.00s, 1.00MB read
Requests/sec:    500.00`
    expect(parseWrk(text)).toMatchObject({
      p50: 1.02e6,
      p90: 501.25e6,
      p99: 0.95e9,
      p999: 1e9,
      max: 2e9,
      errors: 0,
    })
  })

  it('ab', () => {
    const text = `Complete requests:      1643
Failed requests:        3
Non-2xx responses:      2
Requests per second:    1642.44 [#/sec] (mean)
  50%      1
  90%      1
  99%      4
 100%      8 (longest request)`
    expect(parseAb(text)).toEqual({
      throughput: 1642.44,
      count: 1641,
      errors: 5,
      p50: 1e6,
      p90: 1e6,
      p99: 4e6,
      max: 8e6,
    })
  })

  it('oha', () => {
    const json = {
      summary: { successRate: 1, slowest: 0.008, requestsPerSec: 1667 },
      latencyPercentiles: { p50: 0.0011, p90: 0.0012, p99: 0.0028, 'p99.9': null },
      statusCodeDistribution: { 200: 1600, 500: 60 },
      errorDistribution: { 'Connection refused (os error 111)': 5 },
    }
    expect(parseOha(JSON.stringify(json))).toMatchObject({
      throughput: 1667,
      count: 1600,
      errors: 65,
      p50: 1.1e6,
      p999: undefined,
      max: 8e6,
    })
  })

  it('hey', () => {
    const text = `Summary:
  Slowest:	0.0204 secs
  Requests/sec:	1601.2008

Response time histogram:
  0.001 [1]	|
  0.003 [1578]	|■■■■■

Latency distribution:
  50%% in 0.0012 secs
  90%% in 0.0012 secs
  99%% in 0.0040 secs

Status code distribution:
  [200]	1604 responses
  [503]	7 responses

Error distribution:
  [3]	Post "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused`
    expect(parseHey(text)).toEqual({
      throughput: 1601.2008,
      count: 1604,
      errors: 10,
      p50: 1.2e6,
      p90: 1.2e6,
      p99: 4e6,
      max: 20.4e6,
    })
  })

  it('autocannon', () => {
    const json = {
      errors: 1,
      timeouts: 1,
      non2xx: 4,
      latency: { p50: 1, p90: 1, p99: 3, p99_9: 6, max: 6 },
      requests: { average: 1542, total: 1546 },
    }
    expect(parseAutocannon(`\n${JSON.stringify(json)}\n`)).toMatchObject({
      count: 1542,
      errors: 5,
      p50: 1e6,
      p999: 6e6,
    })
  })

  it('fortio', () => {
    const json = {
      ActualQPS: 1600.88,
      DurationHistogram: { Count: 1601, Max: 0.012, Percentiles: [{ Percentile: 50, Value: 0.0015 }] },
      RetCodes: { 200: 1599, '-1': 2 },
    }
    expect(parseFortio(`some log line\n${JSON.stringify(json)}\n`)).toMatchObject({
      throughput: 1600.88,
      count: 1599,
      errors: 2,
      p50: 1.5e6,
      p99: undefined,
      max: 12e6,
    })
  })

  it('vegeta', () => {
    const json = {
      requests: 100,
      throughput: 99.5,
      latencies: { mean: 1.1e6, '50th': 1e6, '90th': 2e6, '99th': 3e6, max: 4e6 },
      status_codes: { 0: 2, 200: 95, 500: 3 },
    }
    expect(parseVegeta(JSON.stringify(json))).toEqual({
      throughput: 99.5,
      count: 95,
      errors: 5,
      mean: 1.1e6,
      p50: 1e6,
      p90: 2e6,
      p99: 3e6,
      max: 4e6,
    })
  })

  it('k6', () => {
    const json = {
      metrics: {
        iterations: { values: { rate: 999.5, count: 6000 } },
        http_req_failed: { values: { passes: 10 } },
        dropped_iterations: { values: { count: 415 } },
        http_req_duration: { values: { med: 1.3, 'p(90)': 342, max: 1001 } },
      },
    }
    expect(parseK6(JSON.stringify(json))).toMatchObject({
      throughput: 999.5,
      count: 5990,
      errors: 10,
      p50: 1.3e6,
      p90: 342e6,
      p99: undefined,
      max: 1001e6,
      more: { dropped: 415 },
    })
  })

  it('locust', () => {
    const row = '         Aggregated                   '
    const text = `Type     Name      # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s
${row}2188     8(0.37%) |      1       1      22      1 | 1304.24        0.00

Response time percentiles (approximated)
Type     Name   50%    66%    75%    80%    90%    95%    98%    99%  99.9% 99.99%   100% # reqs
${row}   1      1      1      1      2      2      3      5     13     22     22   2188`
    expect(parseLocust('', text)).toEqual({
      count: 2180,
      errors: 8,
      throughput: 1304.24,
      p50: 1e6,
      p90: 2e6,
      p99: 5e6,
      p999: 13e6,
      max: 22e6,
    })
  })

  it('h2load', () => {
    const text = `finished in 1.00s, 1792.00 req/s, 3.67MB/s
requests: 1792 total, 1794 started, 1792 done, 1790 succeeded, 2 failed, 0 errored, 0 timeout
time for request:     1.04ms      3.34ms      1.11ms        86us    95.98%`
    expect(parseH2load(text)).toEqual({ throughput: 1792, count: 1790, errors: 2, max: 3.34e6, mean: 1.11e6 })
  })

  it('servebench: the fields of a trial', () => {
    const distribution = { mean: 2e6, p50: 1e6, p90: 2e6, p99: null, 'p99.9': null, max: 9e6 }
    const trial = {
      state: 'completed',
      error: null,
      throughput: 480,
      counts: { due: 100, completed: 90, failed: 4, timedOut: 3, dropped: 2, censored: 1 },
      failures: { reset: 4 },
      responseTime: distribution,
      failedResponseTime: { p50: 5e7, min: 5e7 },
      engine: { name: 'http1-raw', cpu: 0.5 },
      verdict: { validity: 'suspect', reasons: [{ code: 'dispatch-lag' }] },
    }
    expect(parseTrial(JSON.stringify(trial))).toMatchObject({
      throughput: 480,
      count: 90,
      errors: 10,
      p50: 1e6,
      p99: undefined,
      max: 9e6,
      more: { engine: 'http1-raw', verdict: 'suspect', reasons: ['dispatch-lag'] },
    })
    expect(() => parseTrial('no number today')).toThrow()
    const failed = { ...trial, state: 'failed', error: { message: 'Nobody listens.' }, counts: { due: 0 } }
    expect(() => parseTrial(JSON.stringify(failed))).toThrow('Nobody listens.')
  })
})

describe('nanos', () => {
  it.each([
    ['86us', 86_000],
    ['1.5ms', 1_500_000],
    ['2.00s', 2_000_000_000],
    ['1.2m', 72_000_000_000],
  ])('reads %s', (text, value) => {
    expect(nanos(text)).toBe(value)
  })

  it('refuses what is none', () => {
    expect(() => nanos('fast')).toThrow()
  })
})

it('ghz', () => {
  const json = {
    count: 100,
    rps: 1234.5,
    average: 800_000,
    slowest: 9_000_000,
    latencyDistribution: [
      { percentage: 50, latency: 700_000 },
      { percentage: 99, latency: 5_000_000 },
    ],
    statusCodeDistribution: { OK: 97, Unavailable: 3 },
  }
  expect(parseGhz(JSON.stringify(json))).toEqual({
    throughput: 1234.5,
    count: 97,
    errors: 3,
    mean: 800_000,
    p50: 700_000,
    p90: undefined,
    p99: 5_000_000,
    max: 9_000_000,
  })
})
