import { expect, it } from 'vitest'
import { P99, search, searchedCase } from '../../../test/support/search.ts'
import { outlookOf } from './search-outlook.ts'

const slo = P99(50e6)

it('tells the range, the probes and the time of a search', () => {
  const outlook = outlookOf(searchedCase({ slo, from: 20, to: 5000, seconds: 10, repeats: 2 }))
  // 20, 40, 80, 160; then from a factor of 2 down to 2 %: six halvings.
  expect(outlook).toMatchObject({ vary: 'rate', from: 20, to: 5000, probes: 10, confirmations: 3 })
  expect(outlook).toMatchObject({ duration: 10e9, longest: 80e9, confirmation: 30e9 })
  // Warm-up 2 s, drain 0.3 s, overhead 0.4 s, and a second of rest.
  expect(outlook.estimate).toBe(10 * 13.7e9 + 3 * 33.7e9)
})

it('knows a range that one step covers, and answers that are not confirmed', () => {
  expect(outlookOf(searchedCase({ slo, from: 10, to: 10, confirm: false }))).toMatchObject({
    probes: 1,
    confirmations: 0,
  })
  expect(outlookOf(searchedCase({ slo, from: 10, to: 20, confirm: 7e9 }))).toMatchObject({
    probes: 8,
    confirmations: 2,
    confirmation: 7e9,
  })
})

it('is about right for a server that saturates three steps above', () => {
  const options = { slo, from: 100, to: 5000, seconds: 10 }
  const { probes } = search(options, (load, seconds) => ({
    responseTimes: new Float64Array(Math.round(load * seconds)).fill(load > 700 ? 90e6 : 1e6),
  }))
  const outlook = outlookOf(searchedCase(options))
  const expected = outlook.probes + outlook.confirmations
  expect(probes.length).toBeGreaterThan(expected / 2)
  expect(probes.length).toBeLessThan(expected * 2)
})
