import { describe, expect, it } from 'vitest'
import { Problems } from '../dsl/problems.ts'
import { switchOver, type Weight } from '../dsl/weight.ts'
import { SECOND } from '../units/nanos.ts'
import { planCourses, readWeight, type Course } from './weight-course.ts'

function coursesOf(...weights: readonly Weight[]): readonly Course[] {
  const problems = new Problems()
  const planned = weights.flatMap((weight, index) => readWeight(problems, `streams.${index}`, weight) ?? [])
  const courses = planCourses(problems, planned)
  expect(problems.errors).toEqual([])
  return courses as readonly Course[]
}

describe('the courses of streams', () => {
  it('are their shares of the weights', () => {
    expect(coursesOf(1, 2, 1)).toEqual([
      { low: 0, high: 0.25, shifts: [] },
      { low: 0.25, high: 0.75, shifts: [] },
      { low: 0.75, high: 1, shifts: [] },
    ])
    // Whatever is rounded, the last one ends at 1.
    expect(coursesOf(0.1, 0.2, 0.3, 0.7, 0.9).at(-1)?.high).toBe(1)
  })

  it('change at once, or on a line', () => {
    const old = switchOver({ at: '10s', from: 100, to: 0, over: '5s' })
    const next = switchOver({ at: '10s', from: 0, to: 100, over: '5s' })
    expect(coursesOf(old, next)).toEqual([
      {
        low: 0,
        high: 1,
        shifts: [{ from: 10 * SECOND, low: 0, high: 1, until: 15 * SECOND, lowEnd: 0, highEnd: 0 }],
      },
      {
        low: 1,
        high: 1,
        shifts: [{ from: 10 * SECOND, low: 1, high: 1, until: 15 * SECOND, lowEnd: 0, highEnd: 1 }],
      },
    ])
    const canary: Weight = {
      from: 0,
      changes: [
        { at: '1s', to: 1 },
        { at: '2s', to: 3 },
      ],
    }
    expect(coursesOf(1, canary)[1]).toEqual({
      low: 1,
      high: 1,
      shifts: [
        { from: SECOND, low: 0.5, high: 1 },
        { from: 2 * SECOND, low: 0.25, high: 1 },
      ],
    })
  })

  it('meet at the instants at which any of them begins or ends to change', () => {
    const [, second] = coursesOf(1, switchOver({ at: '2s', from: 1, to: 3, over: '4s' }), {
      from: 2,
      changes: [{ at: '4s', to: 4 }],
    })
    // Weights 1, 1, 2; then 1, 2, 2 just before 4 s, 1, 2, 4 after it, and 1, 3, 4 from 6 s on.
    expect(second).toEqual({
      low: 0.25,
      high: 0.5,
      shifts: [
        { from: 2 * SECOND, low: 0.25, high: 0.5, until: 4 * SECOND, lowEnd: 0.2, highEnd: 0.6 },
        { from: 4 * SECOND, low: 1 / 7, high: 3 / 7, until: 6 * SECOND, lowEnd: 0.125, highEnd: 0.5 },
      ],
    })
  })

  it('of neighbours touch everywhere', () => {
    const courses = coursesOf(
      switchOver({ at: '1s', from: 0.3, to: 0.1, over: '3s' }),
      switchOver({ at: '2s', from: 0.7, to: 0.9 }),
      0.1,
    )
    for (const [index, course] of courses.slice(1).entries()) {
      const before = courses[index] as Course
      expect(course.low).toBe(before.high)
      expect(course.shifts.map(({ low, lowEnd }) => [low, lowEnd])).toEqual(
        before.shifts.map(({ high, highEnd }) => [high, highEnd]),
      )
    }
  })

  it('may begin at the start of the measurement', () => {
    expect(coursesOf(switchOver({ at: '0s', from: 1, to: 3 }), 1)[0]).toEqual({
      low: 0,
      high: 0.5,
      shifts: [{ from: 0, low: 0, high: 0.75 }],
    })
  })
})
