import { describe, expect, it } from 'vitest'
import { SECOND } from '../units/nanos.ts'
import type { PopulationSegment } from './load-plan.ts'
import { Population } from './population.ts'

const segment = (from: number, until: number | null, users: number, usersEnd = users): PopulationSegment => ({
  from: from * SECOND,
  until: until === null ? null : until * SECOND,
  users,
  usersEnd,
})
const seconds = (population: Population, users: number): readonly number[] =>
  Array.from({ length: users }, (_, user) => population.joins(user, 0) / SECOND)

describe('Population', () => {
  it('is fixed', () => {
    const population = new Population([segment(0, null, 3)])
    expect([0, 5e12].map((at) => population.at(at))).toEqual([3, 3])
    expect(seconds(population, 5)).toEqual([0, 0, 0, Infinity, Infinity])
  })

  it('grows from 1 to 150, one user per second', () => {
    const population = new Population([segment(0, 149, 1, 150)])
    expect(seconds(population, 151)).toEqual([
      ...Array.from({ length: 150 }, (_, user) => expect.closeTo(user, 6)),
      Infinity,
    ])
    for (let second = 0; second <= 149; second++) expect(population.at(second * SECOND)).toBe(second + 1)
    expect(population.at(9999 * SECOND)).toBe(150)
  })

  it('shrinks, and lets nobody join that is not wanted', () => {
    const population = new Population([segment(0, 10, 11, 1)])
    expect([0, 1, 5, 10, 20].map((at) => population.at(at * SECOND))).toEqual([11, 10, 6, 1, 1])
    expect(population.joins(5, 0)).toBe(0)
    expect(population.joins(5, 9 * SECOND)).toBe(Infinity)
    expect(population.joins(0, 9 * SECOND)).toBe(9 * SECOND)
  })

  it('follows segments that are appended: users come back', () => {
    const population = new Population([segment(0, null, 4)])
    population.append(segment(10, null, 2))
    population.append(segment(20, 24, 2, 6))
    expect([9, 10, 19, 21, 23, 30].map((at) => population.at(at * SECOND))).toEqual([4, 2, 2, 3, 5, 6])
    expect(population.joins(3, 12 * SECOND)).toBe(22 * SECOND)
    expect(population.joins(5, 12 * SECOND)).toBe(24 * SECOND)
    expect(population.joins(6, 12 * SECOND)).toBe(Infinity)
    population.append(segment(15, null, 9))
    expect(population.joins(8, 12 * SECOND)).toBe(15 * SECOND)
    expect(population.at(30 * SECOND)).toBe(9)
  })

  it.each([
    ['a negative size', segment(0, null, -1)],
    ['a change without an end', segment(0, null, 1, 2)],
    ['an end before the start', segment(2, 1, 1, 2)],
    ['no number', segment(0, 1, Number.NaN, 2)],
  ])('refuses %s', (_, one) => {
    expect(() => new Population([]).append(one)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_LOAD' }))
  })

  it('joins are the first instants at which the user is wanted, for random populations', () => {
    for (let seed = 1; seed < 60; seed++) {
      const population = new Population([])
      let from = 0
      for (let part = 0; part < 5; part++) {
        const length = 1 + ((seed * 7 + part * 13) % 9)
        const users = (seed * 31 + part * 17) % 12
        const usersEnd = (seed * 11 + part * 29) % 12
        population.append(segment(from, from + length, users, usersEnd))
        from += length
      }
      for (let user = 0; user < 13; user++) {
        for (const start of [0, 3.3, 11.7, 60]) {
          const joins = population.joins(user, start * SECOND)
          if (joins < Infinity) expect(population.at(joins)).toBeGreaterThan(user)
          // Nobody is wanted before, looked at every 10 ms, beside the ends of segments.
          for (let at = start + 0.0013; at < Math.min(joins / SECOND, 60) - 0.001; at += 0.01)
            expect(population.at(at * SECOND)).toBeLessThanOrEqual(user)
        }
      }
    }
  })
})
