import { describe, expect, it } from 'vitest'
import { mainStream, planFixture } from '../../test/result-fixture.ts'
import { openLoad } from '../../test/support/arrivals.ts'
import type { LoadPlan, OpenLoadPlan, SliceShift } from '../arrival/load-plan.ts'
import { SECOND } from '../units/nanos.ts'
import { shareChanges, shareEvents, sharingStreams } from './share-changes.ts'

const WHOLE = openLoad({ kind: 'poisson' }, 100)

function part(low: number, high: number, shifts: readonly SliceShift[] = []): OpenLoadPlan {
  return openLoad({ kind: 'slice', of: WHOLE, low, high, shared: true, shifts })
}

function planOf(loads: Readonly<Record<string, LoadPlan>>) {
  const main = mainStream(planFixture())
  return {
    streams: Object.fromEntries(Object.entries(loads).map(([name, load]) => [name, { ...main, load }])),
  }
}

describe('changes of shares', () => {
  const plan = planOf({
    old: part(0, 1, [
      { from: SECOND, low: 0, high: 1, until: 3 * SECOND, lowEnd: 0, highEnd: 0.5 },
      { from: 5 * SECOND, low: 0, high: 0 },
    ]),
    new: part(1, 1, [
      { from: SECOND, low: 1, high: 1, until: 3 * SECOND, lowEnd: 0.5, highEnd: 1 },
      { from: 5 * SECOND, low: 0, high: 1 },
    ]),
    apart: WHOLE,
  })

  it('are told once for all streams, in order', () => {
    expect(shareChanges(plan)).toEqual([
      { at: SECOND, until: 3 * SECOND, description: 'old: 100 % to 50 %, new: 0 % to 50 %' },
      { at: 5 * SECOND, until: 5 * SECOND, description: 'old: 50 % to 0 %, new: 50 % to 100 %' },
    ])
    expect(sharingStreams(plan)).toEqual(['old', 'new'])
    expect(shareChanges(planOf({ a: part(0, 1), b: WHOLE }))).toEqual([])
  })

  it('are events on the clock of the trial, as far as they happen', () => {
    expect(shareEvents(plan, { from: 10 * SECOND, until: 14 * SECOND })).toEqual([
      {
        at: 11 * SECOND,
        kind: 'shares',
        message: 'old: 100 % to 50 %, new: 0 % to 50 % over 2.00 s',
      },
    ])
  })

  it('in later stages lie behind the earlier ones', () => {
    const staged = (shifts: readonly SliceShift[]): LoadPlan => ({
      loop: 'stages',
      stages: [
        { load: part(0, 1, shifts), duration: 2 * SECOND },
        { load: part(0, 1, shifts), duration: 2 * SECOND },
      ],
    })
    const late = { from: 3 * SECOND, low: 0, high: 0.25 }
    const soon = { from: SECOND, low: 0, high: 0.5 }
    expect(shareChanges(planOf({ a: staged([soon, late]), b: part(1, 1) })).map(({ at }) => at)).toEqual([
      SECOND,
      3 * SECOND,
    ])
  })
})
