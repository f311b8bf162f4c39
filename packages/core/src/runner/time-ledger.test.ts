import { describe, expect, it } from 'vitest'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { TimeLedger, TrialTime } from './time-ledger.ts'

type Timed = Pick<TrialPlan, 'settings' | 'role' | 'coldStart'>
const plan = (idle: number | null): Timed =>
  ({
    role: 'measurement',
    settings: { energy: { idle: 0 } },
    ...(idle === null ? {} : { coldStart: { idle: idle * MILLISECOND, pageCache: 'keep' } }),
  }) as unknown as Timed

/** A ledger on a clock that only the test moves, in milliseconds. */
function ledgerAt(start: number): { ledger: TimeLedger; pass: (milliseconds: number) => void } {
  let now = start
  return { ledger: new TimeLedger(() => now), pass: (milliseconds) => (now += milliseconds) }
}

describe('TimeLedger', () => {
  it('divides a run, in nanoseconds', async () => {
    const { ledger, pass } = ledgerAt(1000)
    pass(5)
    expect(await ledger.of('servers', () => (pass(300), 'up'))).toBe('up')
    await ledger.of('planning', async () => pass(20))
    pass(7)
    expect(ledger.report()).toEqual({
      total: 332 * MILLISECOND,
      measuring: 0,
      servers: 300 * MILLISECOND,
      planning: 20 * MILLISECOND,
      preparing: 0,
      finishing: 0,
      storing: 0,
    })
  })

  it('counts what fails, too', async () => {
    const { ledger, pass } = ledgerAt(0)
    const start = ledger.of('servers', () => {
      pass(40)
      throw new Error('It does not start.')
    })
    await expect(start).rejects.toThrow('It does not start.')
    expect(ledger.report().servers).toBe(40 * MILLISECOND)
  })
})

describe('TrialTime', () => {
  it('tells the load from what comes before and after it, and both from servers', async () => {
    const { ledger, pass } = ledgerAt(50)
    const time = new TrialTime(ledger, plan(10))
    await ledger.of('servers', () => pass(400))
    time.serverUp()
    // 30 ms of connections, then the idle time that was asked for, then the load.
    pass(30 + 10)
    const origin = ledger.now()
    pass(2000)
    // The server is started once more without a model, and then all is written down.
    await ledger.of('servers', () => pass(100))
    pass(15)
    time.end({ origin, phases: { drainedAt: 2000 * MILLISECOND } })
    expect(ledger.report()).toEqual({
      total: 2555 * MILLISECOND,
      measuring: 2010 * MILLISECOND,
      servers: 500 * MILLISECOND,
      planning: 0,
      preparing: 30 * MILLISECOND,
      finishing: 15 * MILLISECOND,
      storing: 0,
    })
  })

  it('has measured nothing of a trial that failed', async () => {
    const { ledger, pass } = ledgerAt(0)
    const time = new TrialTime(ledger, plan(null))
    await ledger.of('servers', () => pass(400))
    pass(25)
    time.end(null)
    expect(ledger.report()).toMatchObject({
      measuring: 0,
      servers: 400 * MILLISECOND,
      preparing: 25 * MILLISECOND,
    })
  })
})
