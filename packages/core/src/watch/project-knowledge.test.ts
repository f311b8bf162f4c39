import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planned } from '../../test/support/planned-case.ts'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import type { CollectResult } from '../collector/collector.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import { ProjectKnowledge } from './project-knowledge.ts'

let project: TemporaryProject
let knowledge: ProjectKnowledge
beforeEach(() => {
  project = temporaryProject({ 'model.onnx': '1', 'other.onnx': '1' })
  knowledge = new ProjectKnowledge(project.root)
})
afterEach(() => project[Symbol.dispose]())

function collection(overrides: Partial<CollectResult>): CollectResult {
  return { scenarios: [], problems: [], notes: [], graph: {}, filtered: 0, timings: {}, ...overrides }
}

const problemIn = (file: string) => ({
  file,
  line: 1,
  column: 1,
  scenario: null,
  message: '',
  advice: null,
  frame: null,
  stack: [],
})
const paths = (...names: string[]): string[] => names.map((name) => project.path(name))

function withModel(name: string, model: string): CasePlan {
  return planned(name, { server: { kind: 'k', package: 'p', launch: {}, state: { model } } })
}

function scenarioOf(one: CasePlan) {
  return {
    file: one.trial.file,
    path: one.trial.path,
    line: 1,
    digest: 'd',
    tags: [],
    only: false,
    cases: [one],
    deferred: null,
  }
}

describe('ProjectKnowledge', () => {
  it('knows what each bench file needs, as it was told last', () => {
    const [a, b, shared] = paths('a.bench.ts', 'b.bench.ts', 'shared.ts') as [string, string, string]
    knowledge.collected([a, b], collection({ graph: { [a]: [shared], [b]: [shared] } }))
    expect([...(knowledge.dependencies.get(a) ?? [])]).toEqual([a, shared])
    knowledge.collected([a], collection({}))
    expect([...(knowledge.dependencies.get(a) ?? [])]).toEqual([a])
    expect([...(knowledge.dependencies.get(b) ?? [])]).toEqual([b, shared])
  })

  it('keeps what a file needed while it cannot be read', () => {
    const [a, helper] = paths('a.bench.ts', 'helper.ts') as [string, string]
    knowledge.collected([a], collection({ graph: { [a]: [helper] } }))
    knowledge.collected([a], collection({ problems: [problemIn('a.bench.ts')] }))
    expect([...(knowledge.dependencies.get(a) ?? [])]).toEqual([a, helper])
    expect([...knowledge.broken]).toEqual([a])
    knowledge.collected([a], collection({}))
    expect([...knowledge.broken]).toEqual([])
  })

  it('knows that a bench file is broken by what it imports', () => {
    const [a, b, helper] = paths('a.bench.ts', 'b.bench.ts', 'helper.ts') as [string, string, string]
    knowledge.collected([a, b], collection({ graph: { [a]: [helper] }, problems: [problemIn('helper.ts')] }))
    expect([...knowledge.broken]).toEqual([a])
  })

  it('knows the files that plans name, before and after a run', () => {
    const a = project.path('a.bench.ts')
    knowledge.collected([a], collection({ scenarios: [scenarioOf(withModel('one', 'model.onnx'))] }))
    expect([...knowledge.named.keys()]).toEqual([project.path('model.onnx')])
    knowledge.measured([withModel('set up', 'other.onnx').trial])
    expect([...knowledge.named.keys()]).toEqual(paths('model.onnx', 'other.onnx'))
    knowledge.collected([a], collection({ scenarios: [scenarioOf(withModel('one', 'other.onnx'))] }))
    expect([...knowledge.named.keys()]).toEqual([project.path('other.onnx')])
  })

  it('forgets files that are gone', () => {
    const a = project.path('a.bench.ts')
    knowledge.collected(
      [a],
      collection({
        scenarios: [scenarioOf(withModel('one', 'model.onnx'))],
        problems: [problemIn('a.bench.ts')],
      }),
    )
    knowledge.removed([a])
    expect(knowledge.dependencies.size + knowledge.broken.size + knowledge.named.size).toBe(0)
  })
})
