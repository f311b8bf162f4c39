import { isFields, join, readChoice, readFields, readPositive } from './fields.ts'
import { show, type Problems } from './problems.ts'
import type { ObjectivePlan } from './study-plan.ts'

/** What is aimed at, as it is written under `at`. */
export function readObjective(problems: Problems, at: string, value: unknown): readonly ObjectivePlan[] {
  if (typeof value === 'string') return [{ metric: value, weight: 1, better: null }]
  if (!isFields(value) || Object.keys(value).length === 0) {
    problems.error(
      at,
      `expected a metric such as 'throughput', or { throughput: 2, 'responseTime.p99': 1 }, not ${show(value)}.`,
    )
    return []
  }
  return Object.entries(value).flatMap(([metric, given]) => {
    const path = join(at, metric)
    const fields = typeof given === 'number' ? { weight: given } : given
    const known = readFields(problems, path, fields, ['weight', 'better'])
    if (known === undefined) return []
    const weight =
      known['weight'] === undefined ? 1 : readPositive(problems, path, known['weight'], 'a weight')
    const better =
      known['better'] === undefined
        ? null
        : readChoice(problems, join(path, 'better'), known['better'], ['higher', 'lower'])
    return weight === undefined || better === undefined ? [] : [{ metric, weight, better }]
  })
}
