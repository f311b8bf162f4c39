import type { TruthProgram } from '../../packages/core/src/testing.ts'

/** What every fifth request meets, and what a right tool makes of it. */
export interface FaultCase {
  readonly name: string
  /** `null`: nobody listens. */
  readonly program: TruthProgram | null
  readonly outcome: 'failed' | 'timedOut'
  /** Names of failures in the result that describe it. */
  readonly kinds: readonly string[]
  readonly exitCode: number
}

/** One in so many requests is bad. */
export const EVERY = 5
/** Bad answers come so late that their times cannot be taken for good ones. */
export const BAD_AFTER_MILLIS = 300

const base: TruthProgram = { service: '1ms', answer: { body: { kind: 'fill', bytes: 2048 } } }

function program(bad: Omit<NonNullable<TruthProgram['rules']>[number], 'when' | 'service'>): TruthProgram {
  return { ...base, rules: [{ when: { every: EVERY }, service: `${BAD_AFTER_MILLIS}ms`, ...bad }] }
}

function failing(name: string, kinds: readonly string[], bad: Parameters<typeof program>[0]): FaultCase {
  return { name, program: program(bad), outcome: 'failed', kinds, exitCode: 1 }
}

function hanging(name: string, bad: Parameters<typeof program>[0]): FaultCase {
  return { name, program: program(bad), outcome: 'timedOut', kinds: [], exitCode: 1 }
}

export const FAULTS: readonly FaultCase[] = [
  { name: 'nobody listens', program: null, outcome: 'failed', kinds: ['refused'], exitCode: 4 },
  failing('reset without an answer', ['reset', 'stale-connection'], { fault: { kind: 'reset' } }),
  failing('reset inside the body', ['reset'], { fault: { kind: 'reset', after: 1000 } }),
  failing('closed without an answer', ['closed-early', 'stale-connection'], { fault: { kind: 'close' } }),
  failing('closed inside the body', ['closed-early'], { fault: { kind: 'close', after: 1000 } }),
  failing('content-length too large', ['closed-early'], {
    fault: { kind: 'content-length', difference: 100 },
  }),
  failing('content-length too small', ['protocol'], { fault: { kind: 'content-length', difference: -10 } }),
  failing('garbage', ['protocol'], { fault: { kind: 'garbage' } }),
  failing('status 500', ['http-500'], { answer: { status: 500 } }),
  failing('status 503', ['http-503'], { answer: { status: 503 } }),
  hanging('no answer at all', { fault: { kind: 'hang' } }),
  hanging('an answer that stops', { fault: { kind: 'hang', after: 1000 } }),
  hanging('a byte per second', { answer: { pace: { bytes: 1, every: '1s' } } }),
]
