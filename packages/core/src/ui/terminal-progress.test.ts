import { describe, expect, it } from 'vitest'
import { mainStream, planFixture, trialFixture } from '../../test/result-fixture.ts'
import { liveTrial, snapshotOf } from '../../test/support/live-trial.ts'
import { studyProgress } from '../../test/support/study-progress.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Progress } from './progress.ts'
import { TerminalProgress } from './terminal-progress.ts'

/** Notes what it is told. */
class Recorder implements Progress {
  readonly #calls: string[]
  readonly #name: string

  constructor(calls: string[], name: string) {
    this.#calls = calls
    this.#name = name
  }

  info(message: string): void {
    this.#note(`info ${message}`)
  }
  warn(message: string): void {
    this.#note(`warn ${message}`)
  }
  snapshot(): void {
    this.#note('snapshot')
  }
  study(): void {
    this.#note('study')
  }
  trialDone(): void {
    this.#note('trialDone')
  }
  stopping(): void {
    this.#note('stopping')
  }
  async close(): Promise<void> {
    this.#note('close')
  }
  restore(): void {
    this.#note('restore')
  }

  #note(call: string): void {
    this.#calls.push(`${this.#name}: ${call}`)
  }
}

function setUp(): { calls: string[]; loads: PromiseWithResolvers<void>[]; progress: TerminalProgress } {
  const calls: string[] = []
  const loads: PromiseWithResolvers<void>[] = []
  const load = async (): Promise<() => Progress> => {
    const loading = Promise.withResolvers<void>()
    loads.push(loading)
    await loading.promise
    return () => new Recorder(calls, 'drawing')
  }
  return { calls, loads, progress: new TerminalProgress(load, new Recorder(calls, 'plain')) }
}

const long = snapshotOf(liveTrial({ phase: 'preparing', total: 10e9 }))
const brief = snapshotOf(liveTrial({ phase: 'preparing', total: 0.9e9 }))
const unknown = snapshotOf(liveTrial({ phase: 'preparing', total: null }))

function counted(requests: number | null): TrialPlan {
  const plan = planFixture()
  const load = { loop: 'closed', concurrency: 1, requests, thinkTime: { kind: 'none' } } as const
  return { ...plan, streams: { main: { ...mainStream(plan), load } } }
}

describe('TerminalProgress', () => {
  it('tells of a study before there is a drawing, and the drawing what it has missed', async () => {
    const { calls, loads, progress } = setUp()
    const study = studyProgress()
    progress.study(study)
    expect(calls).toEqual(['plain: study'])
    progress.snapshot(long)
    const starting = progress.trialStarting(planFixture())
    progress.study(study)
    expect(calls).toEqual(['plain: study'])
    loads[0]?.resolve()
    await starting
    progress.study(study)
    expect(calls.slice(1)).toEqual(['drawing: study', 'drawing: snapshot', 'drawing: study'])
  })

  it('loads the drawing for a long run, and lets no load start meanwhile', async () => {
    const { calls, loads, progress } = setUp()
    progress.info('early')
    progress.snapshot(long)
    expect(loads).toHaveLength(1)
    let hasStarted = false
    const starting = progress.trialStarting(planFixture()).then(() => {
      hasStarted = true
    })
    progress.snapshot(long)
    await new Promise((resolve) => setImmediate(resolve))
    expect(hasStarted).toBe(false)
    loads[0]?.resolve()
    await starting
    progress.snapshot(long)
    progress.trialDone(trialFixture())
    await progress.close()
    expect(loads).toHaveLength(1)
    expect(calls).toEqual([
      'plain: info early',
      'drawing: snapshot',
      'drawing: snapshot',
      'drawing: trialDone',
      'drawing: close',
    ])
  })

  it('does without for a run that is over at once', async () => {
    const { calls, loads, progress } = setUp()
    progress.snapshot(brief)
    await progress.trialStarting(planFixture())
    progress.trialDone(trialFixture())
    expect(loads).toHaveLength(0)
    expect(calls).toEqual(['plain: snapshot', 'plain: trialDone'])
  })

  it('loads it for many brief trials', () => {
    const { loads, progress } = setUp()
    progress.snapshot(snapshotOf(liveTrial({ total: 0.5e9 }), { trialsTotal: 2 }))
    expect(loads).toHaveLength(1)
  })

  it.each([
    [1, 0],
    [100, 0],
    [101, 1],
    [null, 1],
  ])('decides by the plan where the length is not known: %s requests', async (requests, expected) => {
    const { loads, progress } = setUp()
    progress.snapshot(unknown)
    expect(loads).toHaveLength(0)
    void progress.trialStarting(counted(requests))
    expect(loads).toHaveLength(expected)
  })

  it('waits with its decision until there is a trial', () => {
    const { calls, loads, progress } = setUp()
    progress.snapshot(snapshotOf(null, { trialsTotal: 100 }))
    expect(loads).toHaveLength(0)
    expect(calls).toEqual([])
  })

  it('does not open a drawing for a run that has ended meanwhile', async () => {
    const { calls, loads, progress } = setUp()
    progress.snapshot(long)
    const starting = progress.trialStarting(planFixture())
    progress.trialDone(trialFixture({ state: 'failed' }))
    await progress.close()
    loads[0]?.resolve()
    await starting
    progress.warn('late')
    expect(calls).toEqual(['plain: snapshot', 'plain: trialDone', 'plain: close', 'plain: warn late'])
  })

  it('goes on with plain lines when it cannot be loaded', async () => {
    const { calls, loads, progress } = setUp()
    progress.snapshot(long)
    loads[0]?.reject(new Error('no such module'))
    await progress.trialStarting(planFixture())
    expect(calls).toEqual([
      'plain: warn The progress display cannot be loaded: no such module',
      'plain: snapshot',
    ])
  })
})
