import { describe, expect, it } from 'vitest'
import { planned, server } from '../../test/support/planned-case.ts'
import { orderTrials, type OrderOptions } from './order.ts'
import type { CasePlan } from './case-plan.ts'
import type { StreamPlan, TrialPlan } from './trial-plan.ts'

const OPTIONS: OrderOptions = { seed: 'fixed', order: 'random', interleave: 'within-server' }
const names = (trials: readonly TrialPlan[]) => trials.map((trial) => `${trial.path[0]}${trial.repeat}`)

describe('orderTrials', () => {
  it('runs every repeat of every case exactly once', () => {
    const cases = [
      planned('a', { repeats: 3 }),
      planned('b'),
      planned('c', { repeats: 2, server: server(1) }),
    ]
    const trials = orderTrials(cases, OPTIONS)
    expect(names(trials).toSorted()).toEqual(['a0', 'a1', 'a2', 'b0', 'c0', 'c1'])
    expect(new Set(trials.map((trial) => trial.id)).size).toBe(6)
    expect(trials.every((trial) => trial.seed === 'fixed')).toBe(true)
  })

  it('goes through a block round by round', () => {
    const cases = ['a', 'b', 'c', 'd'].map((name) => planned(name, { repeats: 3 }))
    const repeats = orderTrials(cases, OPTIONS).map((trial) => trial.repeat)
    expect(repeats).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
  })

  it('starts each server process once, whatever its state', () => {
    const cases = [
      planned('a', { server: server(1, 1), repeats: 2 }),
      planned('b', { server: server(2) }),
      planned('c', { server: server(1, 4), repeats: 2 }),
    ]
    const threads = orderTrials(cases, OPTIONS).map((trial) => trial.server?.launch['threads'])
    expect(threads).toEqual([1, 1, 1, 1, 2])
  })

  it('interleaves across servers when told to', () => {
    const cases = [
      planned('a', { server: server(1), repeats: 2 }),
      planned('b', { server: server(1), repeats: 2 }),
      planned('c', { server: server(2), repeats: 2 }),
    ]
    const trials = orderTrials(cases, { ...OPTIONS, interleave: 'across-servers' })
    expect(trials.map((trial) => trial.repeat)).toEqual([0, 0, 0, 1, 1, 1])
    for (const round of [trials.slice(0, 3), trials.slice(3)]) {
      // each server is still visited once in a round
      expect(round.map((trial) => Number(trial.server?.launch['threads'])).join('')).toMatch(/^(112|211)$/)
    }
  })

  it('shuffles by the seed alone', () => {
    const cases = Array.from({ length: 12 }, (_, index) => planned(`s${index}-`, { repeats: 2 }))
    const first = names(orderTrials(cases, OPTIONS))
    expect(names(orderTrials(cases, OPTIONS))).toEqual(first)
    expect(names(orderTrials(cases, { ...OPTIONS, seed: 'other' }))).not.toEqual(first)
    expect(first.slice(0, 12).map((name) => name.slice(0, -1))).not.toEqual(
      first.slice(12).map((name) => name.slice(0, -1)),
    )
  })

  it('gives every case every position about as often', () => {
    const cases = ['a', 'b', 'c', 'd'].map((name) => planned(name))
    const counts = new Map<string, number>()
    for (let seed = 0; seed < 400; seed++) {
      const [first] = orderTrials(cases, { ...OPTIONS, seed: String(seed) })
      const name = first?.path[0] ?? ''
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    // 100 expected each; 4.5 standard deviations of a binomial(400, 1/4) are 39
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(39)
    expect(counts.size).toBe(4)
  })

  it('keeps the written order when told to', () => {
    const cases = ['a', 'b', 'c'].map((name) => planned(name, { repeats: 2 }))
    expect(names(orderTrials(cases, { ...OPTIONS, order: 'as-written' }))).toEqual([
      'a0',
      'b0',
      'c0',
      'a1',
      'b1',
      'c1',
    ])
  })

  it('leaves skipped cases out', () => {
    expect(orderTrials([planned('a', { skip: 'no GPU' })], OPTIONS)).toEqual([])
    expect(
      orderTrials([planned('a', { skip: 'no GPU' })], { ...OPTIONS, interleave: 'across-servers' }),
    ).toEqual([])
    expect(orderTrials([], OPTIONS)).toEqual([])
  })
})

describe('profiles', () => {
  const profile = { duration: 2e9 }
  const cases = [
    planned('a', { server: server(1), repeats: 2, profile }),
    planned('b', { server: server(2) }),
    planned('c', { server: server(1), profile }),
  ]
  const roles = (trials: readonly TrialPlan[]) => trials.map(({ path, role }) => `${path[0]} ${role}`)

  it('come behind all that is measured at their server', () => {
    const trials = orderTrials(cases, { ...OPTIONS, order: 'as-written' })
    expect(roles(trials)).toEqual([
      'a measurement',
      'c measurement',
      'a measurement',
      'a profile',
      'c profile',
      'b measurement',
    ])
    expect(new Set(trials.map(({ id }) => id)).size).toBe(6)
  })

  it('come behind everything where servers take turns', () => {
    const trials = orderTrials(cases, { ...OPTIONS, interleave: 'across-servers' })
    expect(roles(trials).slice(4)).toEqual(['a profile', 'c profile'])
  })

  it('are short, and judged by nothing', () => {
    const slo = { terms: [], deadline: null }
    const [one] = cases as [CasePlan]
    const main = { ...(one.trial.streams['main'] as StreamPlan), slo: slo as never }
    const settings = { ...one.trial.settings, duration: 30e9, until: { rule: 'precise' } as never }
    const trial = { ...one.trial, settings, streams: { main }, versus: { case: {}, against: {} } }
    const [measured, profiled] = orderTrials([{ ...one, trial, repeats: 1 }], OPTIONS)
    expect(measured?.settings.duration).toBe(30e9)
    expect(profiled).toMatchObject({
      role: 'profile',
      repeat: 0,
      caseId: measured?.caseId,
      settings: { duration: 2e9, until: null },
      streams: { main: { slo: null } },
    })
    expect(profiled).not.toHaveProperty('versus')
    // As short as the measurement, where that is shorter; as many requests, where those are counted.
    for (const duration of [1e9, null]) {
      const other = { ...one, trial: { ...trial, settings: { ...settings, duration } } }
      expect(orderTrials([other], OPTIONS).at(-1)?.settings.duration).toBe(duration)
    }
  })
})
