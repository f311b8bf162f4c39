import { describe, expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { DEFAULT_GATES } from '../config/defaults.ts'
import { emptyMetrics } from '../report/unfinished-trial.ts'
import type { EngineReport, Metrics, WindowResult } from '../report/result.ts'
import { createRandom } from '../stats/seed.ts'
import { MICROSECOND, MILLISECOND, SECOND } from '../units/nanos.ts'
import { judgeValidity, type VerdictEvidence } from './verdict.ts'

const OPEN: LoadPlan = {
  loop: 'open',
  process: { kind: 'poisson' },
  rate: [{ from: 0, until: null, rate: 100, rateEnd: 100 }],
}
const CLOSED: LoadPlan = { loop: 'closed', concurrency: 4, requests: null, thinkTime: { kind: 'none' } }
const BURST: LoadPlan = {
  loop: 'open',
  process: { kind: 'burst', count: 100, within: 0, every: null },
  rate: [],
}
const RAMP: LoadPlan = {
  loop: 'open',
  process: { kind: 'poisson' },
  rate: [{ from: 0, until: 10 * SECOND, rate: 100, rateEnd: 300 }],
}

/** 1000 requests, response p50 of 10 ms, dispatched at once. */
function metrics(
  changes: {
    lag?: number
    dispatched?: number
    dropped?: number
    p50?: number
    littlesLaw?: number
    effective?: number
  } = {},
): Metrics {
  const empty = emptyMetrics()
  const {
    lag = 10 * MICROSECOND,
    dispatched = 1000,
    dropped = 0,
    p50 = 10 * MILLISECOND,
    littlesLaw = 0,
    effective = 1000,
  } = changes
  return {
    ...empty,
    counts: { ...empty.counts, due: 1000, completed: 1000 - dropped, dropped },
    responseTime: { ...empty.responseTime, count: 1000, p50 },
    responseTimeWithFailures: {
      ...empty.responseTimeWithFailures,
      count: 1000,
      effectiveCounts: { p99: effective, p90: effective, 'p99.9': effective },
    },
    dispatchLag: { ...empty.dispatchLag, count: dispatched, p99: lag },
    littlesLaw: { relativeGap: littlesLaw },
  }
}

const ENGINE: EngineReport = {
  name: 'http1-raw',
  scheduler: 'nap-and-spin',
  cpu: 0.1,
  turn: { p50: null, p99: null, max: null },
  gc: { count: 0, total: 0 },
  foreignCpu: 0,
  stealCpu: 0,
  clockDrift: 0,
  accounting: 0,
}

/** Seconds of a measurement with these medians. */
function windowsOf(medians: readonly number[], completed = 100): WindowResult[] {
  return medians.map((p50, index) => ({
    from: index * SECOND,
    until: (index + 1) * SECOND,
    phase: 'measurement',
    due: completed,
    completed,
    failed: 0,
    inFlight: 1,
    p50,
    p95: null,
    p99: null,
    lagP99: null,
  }))
}

function evidence(
  changes: Partial<Omit<VerdictEvidence, 'engine'>> & { engine?: Partial<EngineReport> } = {},
): VerdictEvidence {
  return {
    metrics: metrics(),
    gates: DEFAULT_GATES,
    loads: [OPEN],
    windows: [],
    sloPercentiles: [],
    interrupted: false,
    notes: [],
    ...changes,
    engine: { ...ENGINE, ...changes.engine },
  }
}

/** Code and severity of each reason. */
function judge(changes: Parameters<typeof evidence>[0]): string[] {
  const { validity, reasons } = judgeValidity(evidence(changes))
  const severities = reasons.map((reason) => reason.severity)
  expect(validity).toBe(
    severities.includes('invalid') ? 'invalid' : severities.includes('suspect') ? 'suspect' : 'valid',
  )
  for (const { message } of reasons) expect(message).toMatch(/^\S.*[.?]$/)
  return reasons.map(({ code, severity }) => `${code} ${severity}`)
}

it('finds nothing wrong where nothing is', () => {
  expect(judgeValidity(evidence())).toEqual({ validity: 'valid', reasons: [] })
})

describe('dispatch lag', () => {
  // Limits: the larger of 100 µs and 2 % of the median (200 µs here), and of 1 ms and 5 % (1 ms).
  it.each([
    [199 * MICROSECOND, []],
    [201 * MICROSECOND, ['dispatch-lag suspect']],
    [999 * MICROSECOND, ['dispatch-lag suspect']],
    [1001 * MICROSECOND, ['dispatch-lag invalid']],
  ])('of %d ns beside a median of 10 ms: %j', (lag, reasons) => {
    expect(judge({ metrics: metrics({ lag }) })).toEqual(reasons)
  })

  it.each([
    [99 * MICROSECOND, MILLISECOND, []],
    [101 * MICROSECOND, MILLISECOND, ['dispatch-lag suspect']],
    [19 * MILLISECOND, SECOND, []],
    [49 * MILLISECOND, SECOND, ['dispatch-lag suspect']],
    [51 * MILLISECOND, SECOND, ['dispatch-lag invalid']],
  ])('of %d ns beside a median of %d ns: %j', (lag, p50, reasons) => {
    expect(judge({ metrics: metrics({ lag, p50 }) })).toEqual(reasons)
  })
})

describe('dispatched requests', () => {
  it.each([
    [1000, []],
    [999, []],
    [998, ['dispatched suspect']],
    [990, ['dispatched suspect']],
    [989, ['dispatched invalid']],
  ])('%d of 1000: %j', (dispatched, reasons) => {
    expect(judge({ metrics: metrics({ dispatched }) })).toEqual(reasons)
  })

  it('names what was dropped', () => {
    const [reason] = judgeValidity(evidence({ metrics: metrics({ dispatched: 700, dropped: 300 }) })).reasons
    expect(reason?.message).toBe(
      'Only 70.0 % of the due requests were dispatched; 300 were dropped at the cap on requests in flight.',
    )
  })
})

describe('limits with two grades', () => {
  it.each([
    ['cpu', 0.69, 0.71, 0.91, 'load-thread-cpu'],
    ['foreignCpu', 0.019, 0.021, 0.11, 'foreign-cpu'],
    ['stealCpu', 0.019, 0.021, 0.11, 'steal-cpu'],
    ['clockDrift', 0.0009, 0.0011, 0.011, 'clock-drift'],
  ] as const)('%s: fine at %d, suspect at %d, invalid at %d', (name, fine, suspect, invalid, code) => {
    expect(judge({ engine: { [name]: fine } })).toEqual([])
    expect(judge({ engine: { [name]: suspect } })).toEqual([`${code} suspect`])
    expect(judge({ engine: { [name]: invalid } })).toEqual([`${code} invalid`])
    expect(judge({ engine: { [name]: null } })).toEqual([])
  })

  it('accounting is never only suspect', () => {
    expect(judge({ engine: { accounting: 0.0009 } })).toEqual([])
    expect(judge({ engine: { accounting: 0.0011 } })).toEqual(['accounting invalid'])
    expect(judge({ engine: { accounting: null } })).toEqual([])
  })
})

describe('a load that is meant to be steady', () => {
  it.each([
    [0.049, []],
    [0.051, ['littles-law suspect']],
    [5, ['littles-law suspect']],
  ])('Little’s law off by %d: %j', (littlesLaw, reasons) => {
    expect(judge({ metrics: metrics({ littlesLaw }), loads: [OPEN] })).toEqual(reasons)
    expect(judge({ metrics: metrics({ littlesLaw }), loads: [CLOSED] })).toEqual(reasons)
  })

  // With noise that does not depend on its neighbours, as windows of a server that gets slower have.
  const noise = createRandom({ seed: 'noise', path: [], repeat: 0, stream: 'main', purpose: 'test' })
  const rising = Array.from(
    { length: 30 },
    (_, index) => 10 * MILLISECOND * (1 + index * 0.05 + noise.next() * 0.1),
  )
  const falling = [...rising].reverse()
  it('with a trend of its medians', () => {
    expect(judge({ windows: windowsOf(rising) })).toEqual(['trend suspect'])
    expect(judge({ windows: windowsOf(falling) })).toEqual(['trend suspect'])
    const advice = (medians: number[]) =>
      judgeValidity(evidence({ windows: windowsOf(medians) })).reasons[0]?.advice
    expect(advice(rising)).toContain('A queue may be growing')
    expect(advice(falling)).toContain('still warming up')
  })

  it('without a trend that matters: too small, too few windows, too few requests, not in the measurement', () => {
    const slight = rising.map((value) => 10 * MILLISECOND + (value - 10 * MILLISECOND) * 0.02)
    expect(judge({ windows: windowsOf(slight) })).toEqual([])
    expect(judge({ windows: windowsOf(rising.slice(0, 7)) })).toEqual([])
    expect(judge({ windows: windowsOf(rising, 19) })).toEqual([])
    expect(judge({ windows: windowsOf(rising).map((window) => ({ ...window, phase: 'warmup' })) })).toEqual(
      [],
    )
  })

  it.each([
    ['burst', BURST],
    ['ramp', RAMP],
    [
      'stages',
      {
        loop: 'stages',
        stages: [
          { load: OPEN, duration: SECOND },
          { load: CLOSED, duration: SECOND },
        ],
      },
    ],
  ] as [string, LoadPlan][])('a %s is not', (_, load) => {
    expect(
      judge({ loads: [load], metrics: metrics({ littlesLaw: 0.5 }), windows: windowsOf(rising) }),
    ).toEqual([])
    // One such stream is enough.
    expect(judge({ loads: [OPEN, load], metrics: metrics({ littlesLaw: 0.5 }) })).toEqual([])
  })

  it('a single stage is', () => {
    const load = { loop: 'stages', stages: [{ load: OPEN, duration: SECOND }] } as LoadPlan
    expect(judge({ loads: [load], metrics: metrics({ littlesLaw: 0.5 }) })).toEqual(['littles-law suspect'])
  })
})

describe('samples beyond an SLO’s percentile', () => {
  // p99 of n independent samples has n / 100 beyond it; 20 are wanted.
  it.each([
    [99, 2000, []],
    [99, 1900, ['few-samples suspect']],
    [99, 100, ['few-samples suspect']],
    [99, 99, ['few-samples invalid']],
    [90, 200, []],
    [90, 199, ['few-samples suspect']],
    [99.9, 20_000, []],
    [99.9, 19_999, ['few-samples suspect']],
  ])('p%d of %d: %j', (percentile, effective, reasons) => {
    const base = metrics({ effective })
    const many = { ...base, responseTimeWithFailures: { ...base.responseTimeWithFailures, count: 100_000 } }
    expect(judge({ metrics: many, sloPercentiles: [percentile] })).toEqual(reasons)
  })

  it('count no more than there are', () => {
    expect(judge({ metrics: metrics({ effective: 1e9 }), sloPercentiles: [99] })).toEqual([
      'few-samples suspect',
    ])
  })
})

describe('a measurement', () => {
  it('without a request is invalid, and users who wait are the likely reason', () => {
    const none = { ...metrics(), counts: { ...metrics().counts, due: 0, completed: 0 } }
    expect(judge({ metrics: none, loads: [CLOSED] })).toEqual(['nothing-due invalid'])
    expect(judgeValidity(evidence({ metrics: none, loads: [CLOSED] })).reasons[0]?.advice).toContain(
      'the target may hang',
    )
    expect(judgeValidity(evidence({ metrics: none, loads: [OPEN] })).reasons[0]?.advice).toBe(
      'Raise the rate, or measure longer.',
    )
  })

  it('that was stopped is suspect, and notes do not count', () => {
    expect(judge({ interrupted: true })).toEqual(['stopped-early suspect'])
    const note = { code: 'check-threw', severity: 'note', message: 'Something.', advice: null } as const
    expect(judgeValidity(evidence({ notes: [note] }))).toEqual({ validity: 'valid', reasons: [note] })
    expect(judge({ notes: [{ ...note, severity: 'invalid' }] })).toEqual(['check-threw invalid'])
  })
})

it('a gate that is switched off never fires', () => {
  const off = { suspect: null, invalid: null }
  const gates = Object.fromEntries(
    Object.entries(DEFAULT_GATES).map(([name, gate]) => [name, { ...gate, ...off }]),
  ) as unknown as typeof DEFAULT_GATES
  expect(
    judge({
      gates,
      metrics: metrics({ lag: SECOND, dispatched: 1, littlesLaw: 5 }),
      engine: { cpu: 1, foreignCpu: 1, stealCpu: 1, clockDrift: 1, accounting: 1 },
      windows: windowsOf(Array.from({ length: 30 }, (_, index) => MILLISECOND * (1 + index))),
    }),
  ).toEqual([])
})
