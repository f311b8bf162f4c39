import { describe, expect, it } from 'vitest'
import { openLoad } from '../../test/support/arrivals.ts'
import type { ClosedLoadPlan, LoadPlan } from '../arrival/load-plan.ts'
import { createLoadWalk } from '../engine/create-load-walk.ts'
import type { LoadWalk } from '../engine/load-walk.ts'
import { SECOND } from '../units/nanos.ts'
import { shareLoad } from './share-load.ts'
import type { Course } from './weight-course.ts'

const users = (concurrency: number, more: Partial<ClosedLoadPlan> = {}): ClosedLoadPlan => ({
  loop: 'closed',
  concurrency,
  requests: null,
  thinkTime: { kind: 'none' },
  ...more,
})

/** Constant courses with these shares. */
function shares(...list: readonly number[]): readonly Course[] {
  let low = 0
  return list.map((share) => {
    const course = { low, high: low + share, shifts: [] }
    low += share
    return course
  })
}

function parts(plan: LoadPlan, courses: readonly Course[]): readonly (LoadPlan | undefined)[] {
  return courses.map((_, index) => shareLoad(plan, courses, index))
}

describe('users of a closed loop', () => {
  const numbers = (plan: ClosedLoadPlan, ...list: readonly number[]) =>
    parts(plan, shares(...list)).map((part) => part?.loop === 'closed' && [part.concurrency, part.requests])

  it.each([
    [
      users(10),
      [0.5, 0.3, 0.2],
      [
        [5, null],
        [3, null],
        [2, null],
      ],
    ],
    [
      users(10),
      [1 / 3, 1 / 3, 1 / 3],
      [
        [4, null],
        [3, null],
        [3, null],
      ],
    ],
    [
      users(4, { requests: 101 }),
      [0.75, 0.25],
      [
        [3, 76],
        [1, 25],
      ],
    ],
    // 0.1 + 0.2 is more than 0.3: that must not cost anyone a user.
    [
      users(10),
      [0.1, 0.2, 0.7],
      [
        [1, null],
        [2, null],
        [7, null],
      ],
    ],
  ])('are divided so that none is lost: %o by %o', (plan, list, expected) => {
    expect(numbers(plan, ...list)).toEqual(expected)
  })

  it('who are too few leave a stream without one', () => {
    expect(parts(users(2), shares(0.9, 0.1))).toEqual([expect.anything(), undefined])
    expect(parts(users(4, { requests: 1 }), shares(0.5, 0.5))[1]).toBeUndefined()
  })

  it('come and go in every stream', () => {
    const population = [{ from: 0, until: 10 * SECOND, users: 0, usersEnd: 9 }]
    expect(parts(users(9, { population }), shares(2 / 3, 1 / 3))).toMatchObject([
      { concurrency: 6, population: [{ users: 0, usersEnd: 6, until: 10 * SECOND }] },
      { concurrency: 3, population: [{ users: 0, usersEnd: 3, until: 10 * SECOND }] },
    ])
  })
})

describe('stages', () => {
  const [slow, fast] = [openLoad({ kind: 'poisson' }, 50), openLoad({ kind: 'poisson' }, 500)]
  const load: LoadPlan = {
    loop: 'stages',
    stages: [
      { load: slow, duration: 4 * SECOND },
      { load: fast, duration: 4 * SECOND },
    ],
  }
  // From 0 to 1 between 2 s and 6 s, back to a half at 7 s.
  const courses: readonly Course[] = [
    {
      low: 0,
      high: 0,
      shifts: [
        { from: 2 * SECOND, low: 0, high: 0, until: 6 * SECOND, lowEnd: 0, highEnd: 1 },
        { from: 7 * SECOND, low: 0, high: 0.5 },
      ],
    },
    {
      low: 0,
      high: 1,
      shifts: [
        { from: 2 * SECOND, low: 0, high: 1, until: 6 * SECOND, lowEnd: 1, highEnd: 1 },
        { from: 7 * SECOND, low: 0.5, high: 1 },
      ],
    },
  ]
  const A = SECOND

  /** What is due before the end of the measurement, as an engine finds it. */
  function dueTimes(plan: LoadPlan, stream: string): number[] {
    const walk: LoadWalk = createLoadWalk({
      load: plan,
      worker: 0,
      workers: 1,
      seed: { seed: 's', path: ['p'], repeat: 0, stream },
    })
    const instants: number[] = []
    for (let now = 0; now < 9 * SECOND; now += SECOND / 100) {
      if (now >= A / 2) walk.resolve(A)
      do {
        for (; walk.peek() <= now; walk.take()) instants.push(walk.peek())
      } while (walk.nextStage(now))
    }
    return instants
  }

  it('go on with the shares of their time, and no arrival is lost or doubled', () => {
    const whole = shareLoad(load, shares(1), 0) as LoadPlan
    const due = parts(load, courses).map((part, index) => dueTimes(part as LoadPlan, `stream ${index}`))
    expect(due.flat().toSorted((a, b) => a - b)).toEqual(dueTimes(whole, 'alone'))
    const [first = []] = due
    const share = (from: number, until: number): number => {
      const inside = (list: readonly number[]): number =>
        list.filter((at) => at >= A + from * SECOND && at < A + until * SECOND).length
      return inside(first) / inside(due.flat())
    }
    expect(first[0]).toBeGreaterThan(A + 2 * SECOND)
    expect(share(4, 6)).toBeCloseTo(0.75, 1)
    expect(share(6, 7)).toBe(1)
    expect(share(7, 8)).toBeCloseTo(0.5, 1)
  })
})
