import { expect, it } from 'vitest'
import { Problems } from '../dsl/problems.ts'
import { balance } from '../dsl/balance.ts'
import type { JsonObject } from '../units/json.ts'
import { replicasOf, reviewBalance } from './balance-plan.ts'
import { targetsOf } from './pipeline-plan.ts'
import type { TargetPlan } from './trial-plan.ts'

const http = (url: string) => ({ kind: 'http', package: 'servebench', options: { url } }) as const

function review(options: unknown): readonly string[] {
  const problems = new Problems()
  reviewBalance(problems, 'target.options', options as JsonObject)
  return problems.errors.map(({ path, message }) => `${path}: ${message}`)
}

it('replicas are targets of one kind, by one policy', () => {
  const target = balance([http('http://a'), http('http://b')] as never) as unknown as TargetPlan
  expect(review(target.options)).toEqual([])
  expect(replicasOf(target)).toEqual({ policy: 'roundRobin', targets: [http('http://a'), http('http://b')] })
  expect(targetsOf(target)).toHaveLength(2)
  expect(replicasOf(http('http://a'))).toBeNull()
})

it('tells all that is wrong with replicas', () => {
  expect(review({ targets: [], policy: 'random' })).toEqual([
    expect.stringContaining("target.options.policy: expected one of 'roundRobin', 'leastInFlight'"),
    expect.stringContaining('target.options.targets: expected a list of 1 to 256 targets'),
  ])
  const pipeline = { kind: 'pipeline', package: 'servebench', options: {} }
  const oip = { kind: 'oip', package: '@servebench/plugin-oip', options: {} }
  expect(review({ targets: [http('http://a'), 7, pipeline, oip], policy: 'roundRobin' })).toEqual([
    expect.stringContaining('target.options.targets.1: expected a target such as http({ url })'),
    expect.stringContaining('target.options.targets.2: a replica cannot be pipeline()'),
    expect.stringContaining("target.options.targets.3: replicas are of one kind, and the first is 'http'"),
  ])
})
