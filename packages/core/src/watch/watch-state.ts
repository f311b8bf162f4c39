import { mergeImpacts, NO_IMPACT, type Impact } from './impact.ts'

/** What is to be run next. */
export interface Order {
  /** `anew`: all, and nothing that is known of it is taken over. */
  readonly scope: 'all' | 'anew' | 'failed' | 'affected'
  /** Why, when files have changed. */
  readonly impact: Impact
}

export interface WatchState {
  readonly phase: 'idle' | 'running' | 'stopping'
  readonly current: Order | null
  /** To be started when the current run has stopped. */
  readonly next: Order | null
  /** What could not be run because of a mistake in a file: it is part of the next run. */
  readonly owed: Order | null
  /** The user wants the current run to stop, rather than a change. */
  readonly isAsked: boolean
  /** The exit code, once the session is to end. */
  readonly exit: number | null
}

export const IDLE: WatchState = {
  phase: 'idle',
  current: null,
  next: null,
  owed: null,
  isAsked: false,
  exit: null,
}

export type WatchEvent =
  /** Files have changed, and it matters. */
  | { readonly type: 'changed'; readonly impact: Impact }
  | { readonly type: 'ask'; readonly scope: 'all' | 'anew' | 'failed' }
  | { readonly type: 'stop' }
  /** Ctrl-C. */
  | { readonly type: 'interrupt' }
  | { readonly type: 'quit'; readonly code: number }
  /** `blocked`: nothing could be measured because of a mistake in a file. */
  | { readonly type: 'ended'; readonly outcome: 'done' | 'blocked' }

export type WatchAction =
  | { readonly type: 'run'; readonly order: Order }
  /** As one Ctrl-C: what was measured is kept. */
  | { readonly type: 'stop'; readonly because: 'change' | 'user' }
  | { readonly type: 'quit'; readonly code: number }
  /** Without waiting for anything. */
  | { readonly type: 'leave'; readonly code: number }

export interface Transition {
  readonly state: WatchState
  readonly action: WatchAction | null
}

const INTERRUPTED = 130

/** One step of a watch session: what an event leads to. */
export function transition(state: WatchState, event: WatchEvent): Transition {
  switch (state.phase) {
    case 'idle':
      return whenIdle(state, event)
    case 'running':
      return whenRunning(state, event)
    case 'stopping':
      return whenStopping(state, event)
  }
}

function whenIdle(state: WatchState, event: WatchEvent): Transition {
  switch (event.type) {
    case 'changed':
      return start(state, merge(state.owed, affected(event.impact)))
    case 'ask':
      // A configuration that could not be read is still to be read.
      return start(state, {
        scope: event.scope,
        impact: { ...NO_IMPACT, config: state.owed?.impact.config ?? false },
      })
    case 'interrupt':
      return { state, action: { type: 'quit', code: INTERRUPTED } }
    case 'quit':
      return { state, action: { type: 'quit', code: event.code } }
    case 'stop':
    case 'ended':
      return { state, action: null }
  }
}

function whenRunning(state: WatchState, event: WatchEvent): Transition {
  switch (event.type) {
    case 'changed': {
      // What another change asked for and did not get remains to be done; what somebody asked for can be asked again.
      const unfinished = state.current?.scope === 'affected' ? state.current : null
      const next = merge(unfinished, affected(event.impact))
      return { state: { ...state, phase: 'stopping', next }, action: { type: 'stop', because: 'change' } }
    }
    case 'stop':
    case 'interrupt':
      return {
        state: { ...state, phase: 'stopping', isAsked: true },
        action: { type: 'stop', because: 'user' },
      }
    case 'quit':
      return {
        state: { ...state, phase: 'stopping', isAsked: true, exit: event.code },
        action: { type: 'stop', because: 'user' },
      }
    case 'ask':
      return { state, action: null }
    case 'ended':
      return end(state, event.outcome)
  }
}

function whenStopping(state: WatchState, event: WatchEvent): Transition {
  switch (event.type) {
    case 'changed':
      return { state: { ...state, next: merge(state.next, affected(event.impact)) }, action: null }
    case 'interrupt':
    case 'quit': {
      const code = event.type === 'quit' ? event.code : INTERRUPTED
      if (state.isAsked) return { state, action: { type: 'leave', code: state.exit ?? code } }
      const exit = event.type === 'quit' ? code : null
      return {
        state: { ...state, isAsked: true, next: null, exit },
        action: { type: 'stop', because: 'user' },
      }
    }
    case 'stop':
      return { state: { ...state, isAsked: true, next: null }, action: null }
    case 'ask':
      return { state, action: null }
    case 'ended':
      return end(state, event.outcome)
  }
}

function start(state: WatchState, order: Order): Transition {
  return {
    state: { ...IDLE, phase: 'running', current: order, owed: state.owed },
    action: { type: 'run', order },
  }
}

function end(state: WatchState, outcome: 'done' | 'blocked'): Transition {
  const owed = outcome === 'blocked' ? state.current : null
  if (state.exit !== null) return { state: IDLE, action: { type: 'quit', code: state.exit } }
  if (state.next !== null) return start({ ...state, owed: null }, merge(owed, state.next))
  return { state: { ...IDLE, owed }, action: null }
}

function affected(impact: Impact): Order {
  return { scope: 'affected', impact }
}

/** Orders that take in what others ask for. */
const WIDE = ['anew', 'all'] as const

/** One order for two; a later change takes over what failed before it. */
function merge(earlier: Order | null, later: Order): Order {
  if (earlier === null) return later
  const scope = WIDE.find((wide) => earlier.scope === wide || later.scope === wide) ?? later.scope
  return { scope, impact: mergeImpacts(earlier.impact, later.impact) }
}
