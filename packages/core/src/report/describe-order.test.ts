import { expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../test/result-fixture.ts'
import { describeOrder } from './describe-order.ts'
import { renderConsole } from './render-console.ts'
import { renderMarkdown } from './render-markdown.ts'
import type { RunOrder, RunResult, Trial } from './result.ts'

function resultOf(trials: readonly Trial[], order: Omit<RunOrder, 'trials'>): RunResult {
  const made = resultFixture(trials, [])
  return { ...made, run: { ...made.run, order: { ...order, trials: trials.map(({ id }) => id) } } }
}
const repeats = [0, 1].map((repeat) => trialFixture({ repeat }))
const onServers = [1, 2].map((threads, index) => {
  const trial = trialFixture({ case: { threads }, repeat: index })
  const server = { kind: 'onnx', package: 'p', launch: { threads }, state: {} }
  return { ...trial, plan: { ...trial.plan, server } }
})

it('tells the order of repeats where there are any', () => {
  const random = { cases: 'random', interleave: 'within-server' } as const
  expect(describeOrder(resultOf(repeats, random))).toBe('repeats in turn, cases in random order')
  expect(describeOrder(resultOf(onServers, random))).toBe(
    'repeats in turn, cases in random order, one server after the other',
  )
  expect(describeOrder(resultOf(onServers, { cases: 'as-written', interleave: 'across-servers' }))).toBe(
    'repeats in turn, cases as written, across all servers',
  )
  expect(describeOrder(resultOf(repeats.slice(0, 1), random))).toBe('')
  expect(describeOrder(resultFixture(repeats, []))).toBe('')
})

it('stands in the reports', () => {
  const result = resultOf(repeats, { cases: 'random', interleave: 'within-server' })
  const options = { colors: false, columns: 100, details: false, directory: 'x' }
  expect(renderConsole(result, options)).toContain('order       repeats in turn, cases in random order')
  expect(renderMarkdown(result)).toContain('Order: repeats in turn, cases in random order.')
})
