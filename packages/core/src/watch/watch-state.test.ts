import { describe, expect, it } from 'vitest'
import { NO_IMPACT, type Impact } from './impact.ts'
import {
  IDLE,
  transition,
  type Transition,
  type WatchAction,
  type WatchEvent,
  type WatchState,
} from './watch-state.ts'

function of(...files: string[]): Impact {
  return { ...NO_IMPACT, changed: new Set(files), files: new Set(files) }
}

/** Plays events and notes what they lead to. */
function play(...events: WatchEvent[]): {
  state: WatchState
  actions: (WatchAction | null)[]
  last: Transition
} {
  let state = IDLE
  let last: Transition = { state, action: null }
  const actions: (WatchAction | null)[] = []
  for (const event of events) {
    last = transition(state, event)
    state = last.state
    actions.push(last.action)
  }
  return { state, actions, last }
}

const ALL: WatchEvent = { type: 'ask', scope: 'all' }
const ANEW: WatchEvent = { type: 'ask', scope: 'anew' }
const STOP: WatchEvent = { type: 'stop' }
const CTRL_C: WatchEvent = { type: 'interrupt' }
const QUIT: WatchEvent = { type: 'quit', code: 0 }
const DONE: WatchEvent = { type: 'ended', outcome: 'done' }
const BLOCKED: WatchEvent = { type: 'ended', outcome: 'blocked' }
const changed = (...files: string[]): WatchEvent => ({ type: 'changed', impact: of(...files) })

function filesOf(action: WatchAction | null | undefined): string[] {
  if (action?.type !== 'run') throw new Error(`No run: ${JSON.stringify(action)}`)
  return [...action.order.impact.files]
}

describe('when nothing runs', () => {
  it('runs what was asked for', () => {
    expect(play(ALL).last).toMatchObject({
      state: { phase: 'running' },
      action: { type: 'run', order: { scope: 'all' } },
    })
    expect(play({ type: 'ask', scope: 'failed' }).last.action).toMatchObject({ order: { scope: 'failed' } })
  })

  it('runs what a change affects', () => {
    const { last } = play(ALL, DONE, changed('a'))
    expect(last.action).toMatchObject({ type: 'run', order: { scope: 'affected' } })
    expect(filesOf(last.action)).toEqual(['a'])
  })

  it('ends by q and by Ctrl-C', () => {
    expect(play(QUIT).last.action).toEqual({ type: 'quit', code: 0 })
    expect(play(CTRL_C).last.action).toEqual({ type: 'quit', code: 130 })
  })

  it('has nothing to stop', () => {
    expect(play(STOP).last).toEqual({ state: IDLE, action: null })
  })
})

describe('a change during a run', () => {
  it('stops the run as one Ctrl-C and starts again', () => {
    const { actions, last } = play(ALL, changed('a'), DONE)
    expect(actions[1]).toEqual({ type: 'stop', because: 'change' })
    expect(last.action).toMatchObject({ type: 'run', order: { scope: 'affected' } })
    expect(filesOf(last.action)).toEqual(['a'])
    expect(last.state).toMatchObject({ phase: 'running', next: null })
  })

  it('joins further changes until the run has stopped', () => {
    const { actions, last } = play(ALL, changed('a'), changed('b'), changed('a', 'c'), DONE)
    expect(actions.slice(2, 4)).toEqual([null, null])
    expect(filesOf(last.action)).toEqual(['a', 'b', 'c'])
  })

  it('does not lose what an earlier change asked for', () => {
    expect(filesOf(play(ALL, DONE, changed('a'), changed('b'), DONE).last.action)).toEqual(['a', 'b'])
    // The run of both was not finished either.
    expect(
      filesOf(play(ALL, DONE, changed('a'), changed('b'), DONE, changed('c'), DONE).last.action),
    ).toEqual(['a', 'b', 'c'])
  })

  it('forgets what was finished', () => {
    expect(filesOf(play(ALL, DONE, changed('a'), DONE, changed('b')).last.action)).toEqual(['b'])
  })

  it('does not repeat what somebody asked for and a change cut short', () => {
    expect(play(ALL, changed('a'), DONE).last.action).toMatchObject({ order: { scope: 'affected' } })
  })
})

describe('a mistake in a file', () => {
  it('keeps what could not be run for the next change', () => {
    const { state, last } = play(ALL, BLOCKED)
    expect(last.action).toBeNull()
    expect(state).toMatchObject({ phase: 'idle', owed: { scope: 'all' } })
    expect(play(ALL, BLOCKED, changed('a')).last.action).toMatchObject({ order: { scope: 'all' } })
    expect(play(ANEW, BLOCKED, changed('a')).last.action).toMatchObject({ order: { scope: 'anew' } })
    expect(filesOf(play(ALL, DONE, changed('a'), BLOCKED, changed('b')).last.action)).toEqual(['a', 'b'])
  })

  it('is paid with the next run that works', () => {
    const { last } = play(ALL, DONE, changed('a'), BLOCKED, changed('a'), DONE, changed('b'))
    expect(filesOf(last.action)).toEqual(['b'])
  })

  it('keeps a configuration that could not be read', () => {
    const config: WatchEvent = { type: 'changed', impact: { ...of('config'), config: true, all: true } }
    expect(play(ALL, DONE, config, BLOCKED, ALL).last.action).toMatchObject({
      order: { scope: 'all', impact: { config: true } },
    })
  })

  it('is joined with a change that came meanwhile', () => {
    expect(filesOf(play(ALL, DONE, changed('a'), changed('b'), BLOCKED).last.action)).toEqual(['a', 'b'])
    expect(play(ALL, changed('b'), BLOCKED).last.action).toMatchObject({ order: { scope: 'all' } })
  })
})

describe('ending', () => {
  it('stops the run by Ctrl-C or s, and waits then', () => {
    for (const event of [CTRL_C, STOP]) {
      const { actions, last } = play(ALL, event, DONE)
      expect(actions[1]).toEqual({ type: 'stop', because: 'user' })
      expect(last).toEqual({ state: IDLE, action: null })
    }
  })

  it('leaves at once by a second Ctrl-C', () => {
    expect(play(ALL, CTRL_C, CTRL_C).last.action).toEqual({ type: 'leave', code: 130 })
    expect(play(ALL, STOP, CTRL_C).last.action).toEqual({ type: 'leave', code: 130 })
    expect(play(ALL, QUIT, CTRL_C).last.action).toEqual({ type: 'leave', code: 0 })
    expect(play(ALL, QUIT, QUIT).last.action).toEqual({ type: 'leave', code: 0 })
  })

  it('takes a first Ctrl-C for one, also when a change stops the run already', () => {
    const { actions, last } = play(ALL, changed('a'), CTRL_C, DONE)
    expect(actions[2]).toEqual({ type: 'stop', because: 'user' })
    expect(last).toEqual({ state: IDLE, action: null })
    expect(play(ALL, changed('a'), CTRL_C, CTRL_C).last.action).toEqual({ type: 'leave', code: 130 })
    expect(play(ALL, changed('a'), STOP, DONE).last.action).toBeNull()
  })

  it('runs what changes after somebody stopped the run', () => {
    expect(filesOf(play(ALL, STOP, changed('a'), DONE).last.action)).toEqual(['a'])
  })

  it('ends after the run when q is pressed, whatever changes', () => {
    expect(play(ALL, QUIT, DONE).last.action).toEqual({ type: 'quit', code: 0 })
    expect(play(ALL, QUIT, changed('a'), DONE).last.action).toEqual({ type: 'quit', code: 0 })
    expect(play(ALL, changed('a'), QUIT, BLOCKED).last.action).toEqual({ type: 'quit', code: 0 })
  })

  it('starts nothing else by keys during a run', () => {
    expect(play(ALL, ALL).last.action).toBeNull()
    expect(play(ALL, STOP, ALL, DONE).last.action).toBeNull()
    expect(play(ALL, STOP, STOP, DONE).last.action).toBeNull()
  })
})

/** Any sequence of events keeps the promises of a session. */
describe('always', () => {
  const events: readonly WatchEvent[] = [ALL, STOP, CTRL_C, QUIT, changed('a'), changed('b'), DONE, BLOCKED]

  it('runs one thing at a time, and loses no change unless somebody stops it', () => {
    const explore = (
      state: WatchState,
      depth: number,
      pending: ReadonlySet<string>,
      wasStopped: boolean,
    ): number => {
      if (depth === 0) return 1
      let count = 0
      for (const event of events) {
        // Runs end only while there is one.
        if (event.type === 'ended' && state.phase === 'idle') continue
        const { state: next, action } = transition(state, event)
        if (action?.type === 'quit' || action?.type === 'leave') {
          expect(action.type === 'leave' || state.phase === 'idle' || event.type === 'ended').toBe(true)
          count += 1
          continue
        }
        if (action?.type === 'run') expect(state.phase === 'idle' || event.type === 'ended').toBe(true)
        if (action?.type === 'stop') expect(state.phase).not.toBe('idle')
        expect(next.phase === 'idle').toBe(next.current === null)
        const isUser =
          wasStopped || event.type === 'stop' || event.type === 'interrupt' || event.type === 'quit'
        const waiting = new Set(pending)
        if (event.type === 'changed') for (const file of event.impact.files) waiting.add(file)
        if (event.type === 'ended' && event.outcome === 'done' && action === null) waiting.clear()
        if (action?.type === 'run' && action.order.scope === 'affected' && !isUser) {
          for (const file of waiting) expect(action.order.impact.files.has(file)).toBe(true)
        }
        if (action?.type === 'run' && action.order.scope === 'all') waiting.clear()
        count += explore(next, depth - 1, waiting, isUser)
      }
      return count
    }
    expect(explore(IDLE, 6, new Set(), false)).toBeGreaterThan(10_000)
  })
})
