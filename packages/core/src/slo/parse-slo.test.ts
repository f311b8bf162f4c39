import { describe, expect, it } from 'vitest'
import type { ValidationError } from '../errors/validation-error.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { parseSlo, sloTermName } from './parse-slo.ts'

function problemsOf(slo: unknown): readonly string[] {
  try {
    parseSlo(slo)
  } catch (error) {
    return (error as ValidationError).problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

describe('parseSlo', () => {
  it('reads every kind of term', () => {
    const plan = parseSlo({
      p99: '50ms',
      'p99.9': '80ms',
      responseTime: { mean: '5ms', max: '1s' },
      serviceTime: { p50: '4ms' },
      firstByte: { p95: '20ms' },
      messageGap: { p99: '2ms' },
      errorRate: 0.001,
      throughput: 100,
      goodput: 90,
      gauges: { 'gpu.power': { mean: 250, max: 300, p95: 290, min: 10 } },
    })
    expect(plan.terms.map((term) => [sloTermName(term), term.limit])).toEqual([
      ['responseTime.p99', 50 * MILLISECOND],
      ['responseTime.p99.9', 80 * MILLISECOND],
      ['responseTime.mean', 5 * MILLISECOND],
      ['responseTime.max', SECOND],
      ['serviceTime.p50', 4 * MILLISECOND],
      ['firstByte.p95', 20 * MILLISECOND],
      ['messageGap.p99', 2 * MILLISECOND],
      ['errorRate', 0.001],
      ['throughput', 100],
      ['goodput', 90],
      ['gauges.gpu.power.mean', 250],
      ['gauges.gpu.power.max', 300],
      ['gauges.gpu.power.p95', 290],
      ['gauges.gpu.power.min', 10],
    ])
    expect(plan.terms.filter((term) => term.metric === 'gauge').map((term) => term.side)).toEqual([
      'max',
      'max',
      'max',
      'min',
    ])
  })

  it('takes the deadline, else the largest response-time limit, else none', () => {
    expect(parseSlo({ p99: '50ms', deadline: '10ms' }).deadline).toBe(10 * MILLISECOND)
    expect(parseSlo({ p50: '5ms', responseTime: { p99: '70ms' }, serviceTime: { p99: '1s' } }).deadline).toBe(
      70 * MILLISECOND,
    )
    expect(parseSlo({ serviceTime: { p99: '1s' } }).deadline).toBeNull()
  })

  it('accepts an empty SLO, and members that are undefined', () => {
    expect(parseSlo({})).toEqual({ terms: [], deadline: null })
    expect(
      parseSlo({ p99: undefined, responseTime: { mean: undefined }, gauges: { a: { max: undefined } } }),
    ).toEqual({ terms: [], deadline: null })
  })

  it('is plain data', () => {
    const plan = parseSlo({ p99: '50ms', errorRate: 0, gauges: { a: { max: 1 } } })
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it.each([
    [{ p99: 50 }, "slo.p99: expected a duration with its unit such as '50ms', not 50."],
    [{ p99: '50' }, "slo.p99: '50' is not a duration; write a number with its unit such as '50ms'."],
    [{ p99: '0ms' }, 'slo.p99: must be longer than 0.'],
    [{ p0: '1ms' }, 'slo.p0: a percentile lies above 0 and at most at 100.'],
    [{ p101: '1ms' }, 'slo.p101: a percentile lies above 0 and at most at 100.'],
    [{ errorRate: 5 }, 'slo.errorRate: expected a share from 0 to 1 (0.001 is 0.1 %), not 5.'],
    [{ errorRate: '1%' }, "slo.errorRate: expected a share from 0 to 1 (0.001 is 0.1 %), not '1%'."],
    [{ errorRate: NaN }, 'slo.errorRate: expected a share from 0 to 1 (0.001 is 0.1 %), not NaN.'],
    [{ throughput: 0 }, 'slo.throughput: expected a positive number per second, not 0.'],
    [{ goodput: Infinity }, 'slo.goodput: expected a positive number per second, not Infinity.'],
    [{ responseTime: '50ms' }, "slo.responseTime: expected limits such as { p99: '50ms' }, not '50ms'."],
    [
      { gauges: [] },
      "slo.gauges: expected limits by gauge such as { 'host.cpu': { mean: 0.8 } }, not an array.",
    ],
    [{ gauges: { cpu: 0.8 } }, 'slo.gauges.cpu: expected limits such as { mean: 0.8 }, not 0.8.'],
    [
      { gauges: { cpu: { mean: '80%' } } },
      "slo.gauges.cpu.mean: expected a number in the gauge's unit, not '80%'.",
    ],
    [{ deadline: null }, "slo.deadline: expected a duration with its unit such as '50ms', not null."],
    [null, "slo: expected an object such as { p99: '50ms', errorRate: 0.001 }, not null."],
    ['50ms', "slo: expected an object such as { p99: '50ms', errorRate: 0.001 }, not '50ms'."],
    [{ p99: '1ms', responseTime: { p99: '2ms' } }, 'slo.responseTime.p99: is given twice.'],
  ])('refuses %j', (slo, problem) => {
    expect(problemsOf(slo)).toEqual([problem])
  })

  it('suggests what was probably meant', () => {
    expect(() => parseSlo({ erorRate: 0 })).toThrow("Did you mean 'errorRate'?")
    expect(() => parseSlo({ responseTime: { meann: '1ms' } })).toThrow("Did you mean 'mean'?")
    expect(() => parseSlo({ gauges: { cpu: { p99: 1 } } })).toThrow("Did you mean 'p95'?")
  })

  it('reports all problems at once', () => {
    expect(problemsOf({ p99: 1, errorRate: -1, thruput: 1, gauges: { a: { b: 1 } } })).toHaveLength(4)
  })
})
