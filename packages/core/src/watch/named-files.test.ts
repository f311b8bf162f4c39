import { symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mainStream, planFixture } from '../../test/result-fixture.ts'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import type { OpenLoadPlan, TracePlan } from '../arrival/load-plan.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { JsonObject } from '../units/json.ts'
import { scenarioKey } from './impact.ts'
import { findNamedFiles, namesAny } from './named-files.ts'

let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject({
    'models/mlp.onnx': 'weights',
    'models/deep/config.pbtxt': 'config',
    'server.yaml': 'threads: 1',
    'data/rows.json': '[]',
    'mlp/readme.md': '',
    'ca.pem': '',
  })
})
afterEach(() => project[Symbol.dispose]())

function trace(...files: string[]): TracePlan {
  return {
    kind: 'trace',
    files,
    source: { format: 'arrivals' },
    from: 0,
    until: null,
    expand: 'conditional',
    speed: 1,
    scale: 1,
    badRows: 'strict',
  }
}
function reopened(files: Record<string, string>): TemporaryProject {
  project[Symbol.dispose]()
  return temporaryProject(files)
}

function plan(name: string, launch: JsonObject, state: JsonObject = {}, target: JsonObject = {}): TrialPlan {
  const fixture = planFixture({ path: [name] })
  const main = mainStream(fixture)
  return {
    ...fixture,
    server: { kind: 'x', package: 'x', launch, state },
    streams: { main: { ...main, target: { ...main.target, options: target } } },
  }
}

const found = (...plans: TrialPlan[]): Record<string, string[]> =>
  Object.fromEntries([...findNamedFiles(plans, project.root)].map(([path, users]) => [path, [...users]]))

describe('findNamedFiles', () => {
  it('finds files in launch, state, target and the options of artifacts, however deep', () => {
    const one = plan(
      'one',
      { args: ['--config', 'server.yaml'] },
      {
        models: [
          {
            source: {
              artifact: {
                artifact: 'convert',
                package: 'p',
                name: 'm',
                options: { from: './data/rows.json' },
              },
            },
          },
          { source: { file: project.path('models/mlp.onnx') } },
        ],
      },
      { tls: { ca: 'ca.pem' } },
    )
    expect(Object.keys(found(one)).sort()).toEqual(
      ['ca.pem', 'data/rows.json', 'models/mlp.onnx', 'server.yaml'].map((file) => project.path(file)),
    )
  })

  it('finds the traces that a load is made of, and the files of an input', () => {
    project = reopened({ 'traces/day.csv': '', 'traces/night.csv': '', 'queries.txt': '', 'rows.npy': '' })
    const one = plan('one', {}, {}, { queries: 'queries.txt' })
    const main = mainStream(one)
    const day: OpenLoadPlan = {
      loop: 'open',
      process: trace('traces/day.csv'),
      rate: [],
    }
    const night: OpenLoadPlan = {
      ...day,
      process: trace('traces/night.csv', 'traces/gone.csv'),
    }
    const load: OpenLoadPlan = { ...day, process: { kind: 'superpose', parts: [day, night] } }
    const input = { from: 'provider', kind: 'rows', package: 'p', options: { file: './rows.npy' } } as const
    const streams = { main: { ...main, load, input } }
    expect(Object.keys(found({ ...one, streams })).sort()).toEqual(
      ['queries.txt', 'rows.npy', 'traces/day.csv', 'traces/night.csv'].map((file) => project.path(file)),
    )
  })

  it('tells which scenarios name a file', () => {
    const [one, two] = [plan('one', { config: 'server.yaml' }), plan('two', { config: 'server.yaml' })]
    expect(found(one, two, one)[project.path('server.yaml')]).toEqual([scenarioKey(one), scenarioKey(two)])
  })

  it('takes a folder for one only when it is written as a path, and never one around the project', () => {
    expect(Object.keys(found(plan('one', { model: 'mlp', repository: './models' })))).toEqual([
      project.path('models'),
    ])
    expect(found(plan('one', { a: './', b: '/', c: '..', d: project.root }))).toEqual({})
  })

  it('follows links', () => {
    symlinkSync(project.path('models/mlp.onnx'), project.path('current.onnx'))
    expect(Object.keys(found(plan('one', { model: 'current.onnx' })))).toEqual(
      ['current.onnx', 'models/mlp.onnx'].map((file) => project.path(file)),
    )
  })

  it('leaves out everything else', () => {
    const odd = {
      a: '',
      b: 'nothing.here',
      c: 'http://127.0.0.1/server.yaml',
      d: 'server.yaml\n',
      e: 'x'.repeat(5000),
      f: 'a\0b',
      g: 7,
      h: null,
    }
    expect(found(plan('one', odd))).toEqual({})
    const requests = plan('one', {})
    const main = mainStream(requests)
    const literal = {
      ...requests,
      streams: { main: { ...main, input: { from: 'literal', value: 'server.yaml' } as const } },
    }
    expect(found(literal)).toEqual({})
  })
})

describe('namesAny', () => {
  it('tells whether a value names one of some files, or a folder that holds one', () => {
    const files = new Set([project.path('models/deep/config.pbtxt')])
    expect(namesAny({ repository: './models' }, files, project.root)).toBe(true)
    expect(namesAny([{ x: 'models/deep/config.pbtxt' }], files, project.root)).toBe(true)
    expect(namesAny({ config: 'server.yaml' }, files, project.root)).toBe(false)
    expect(namesAny(null, files, project.root)).toBe(false)
  })
})
