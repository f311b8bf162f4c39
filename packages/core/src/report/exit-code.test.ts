import { describe, expect, it } from 'vitest'
import { caseFixture, trialFixture, type TrialOptions, mainStream } from '../../test/result-fixture.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import { exitCodeOf, type ExitOptions } from './exit-code.ts'
import type { SloResult, VerdictReason } from './result.ts'

const INVALID: VerdictReason = { code: 'dispatched', severity: 'invalid', message: 'x', advice: null }
const SUSPECT: VerdictReason = { code: 'foreign-cpu', severity: 'suspect', message: 'x', advice: null }
const LOSSY: TrialOptions = { counts: { due: 4005, failed: 5 } }
const TOLERANT: SloPlan = { terms: [{ metric: 'errorRate', limit: 0.01 }], deadline: null }
const DEAD: TrialOptions = { latencies: [], counts: { due: 400, failed: 400 } }
const BROKEN: TrialOptions = {
  state: 'failed',
  reasons: [INVALID],
  error: {
    code: 'SERVEBENCH_SERVER_EXITED',
    message: 'The server exited with code 1.',
    advice: null,
    detail: null,
  },
}

function slo(verdict: SloResult['verdict']): SloResult {
  return {
    verdict,
    deadline: null,
    terms: [{ term: 'responseTime.p99', limit: 1, measured: 2, interval: null, verdict, reason: null }],
  }
}
function codeOf(trials: readonly TrialOptions[], options?: ExitOptions): number {
  return exitOf(trials, options).code
}
function exitOf(trials: readonly TrialOptions[], options?: ExitOptions): ReturnType<typeof exitCodeOf> {
  const all = trials.map((one, index) => trialFixture({ ...one, path: [`scenario ${index}`] }))
  return exitCodeOf(
    {
      trials: all,
      cases: all.filter((trial) => trial.role === 'measurement').map((trial) => caseFixture([trial])),
    },
    options,
  )
}

describe('exitCodeOf', () => {
  it('is 0 when all went well, or nothing was to be done', () => {
    expect(exitOf([{}, { sloResult: slo('pass') }])).toEqual({ code: 0, reasons: [] })
    expect(exitOf([])).toEqual({ code: 0, reasons: [] })
  })

  it.each([
    ['a failed SLO', [{ sloResult: slo('fail') }], 1],
    ['an error without an errorRate term', [LOSSY], 1],
    ['an incorrect answer without an errorRate term', [{ counts: { checked: 4000, incorrect: 1 } }], 1],
    ['an error that the errorRate term allows', [{ ...LOSSY, slo: TOLERANT }], 0],
    ['an invalid measurement', [{ reasons: [INVALID] }], 3],
    ['a suspect measurement', [{ reasons: [SUSPECT] }], 0],
    ['an undecided SLO', [{ sloResult: slo('undecided') }], 0],
    ['a target that completes nothing', [DEAD], 4],
    ['a server that failed', [BROKEN], 4],
    [
      'a bench file’s error inside a trial',
      [{ ...BROKEN, error: { ...(BROKEN.error as object), exitCode: 2 } as TrialOptions['error'] }],
      2,
    ],
    ['a skipped trial', [{ state: 'skipped', reasons: [INVALID] }], 0],
    ['a probe that misses the SLO', [{ role: 'probe', ...LOSSY, sloResult: slo('fail') }], 0],
  ] as readonly (readonly [string, readonly TrialOptions[], number])[])('%s', (_, trials, code) => {
    expect(codeOf(trials)).toBe(code)
  })

  it('lets interruption, usage, target, failure, invalidity decide in this order', () => {
    const usage = { code: 'SERVEBENCH_VALIDATION', message: 'Wrong.', exitCode: 2 }
    const everything = [{ reasons: [INVALID] }, { sloResult: slo('fail') }, BROKEN]
    expect(codeOf(everything, { interrupted: true, error: usage })).toBe(130)
    expect(codeOf(everything, { error: usage })).toBe(2)
    expect(codeOf(everything)).toBe(4)
    expect(codeOf(everything.slice(0, 2))).toBe(1)
    expect(codeOf(everything.slice(0, 1))).toBe(3)
    expect(exitOf(everything, { error: usage }).reasons[0]).toBe('Wrong.')
  })

  it('is stricter with --strict', () => {
    expect(codeOf([{ reasons: [SUSPECT] }], { strict: true })).toBe(3)
    expect(codeOf([{ sloResult: slo('undecided') }], { strict: true })).toBe(1)
  })

  it('counts a regression as a failure', () => {
    expect(exitOf([{}], { regressions: ['p99 is 12 % slower.'] })).toEqual({
      code: 1,
      reasons: ['p99 is 12 % slower.'],
    })
  })

  it('names the case and the cause', () => {
    expect(exitOf([{ ...LOSSY, case: { batch: 8 } }]).reasons).toEqual([
      'scenario 0 > batch=8: 5 of 4005 requests did not complete correctly, and no errorRate allows that.',
    ])
  })

  it('judges the errors of an invalid measurement too', () => {
    expect(codeOf([{ ...LOSSY, reasons: [INVALID] }])).toBe(1)
  })

  it('forgives errors only in the streams that allow them', () => {
    const trial = trialFixture(LOSSY)
    const main = mainStream(trial.plan)
    const clean = trialFixture()
    const split = (lossy: SloPlan | null): number => {
      const plan = { ...trial.plan, streams: { a: { ...main, slo: lossy }, b: { ...main, slo: null } } }
      const both = { ...trial, plan, streams: { a: trial, b: clean } }
      return exitCodeOf({ trials: [both], cases: [caseFixture([both])] }).code
    }
    expect(split(TOLERANT)).toBe(0)
    expect(split(null)).toBe(1)
  })
})
