import { expect, it } from 'vitest'
import { plannedStudy } from '../../../test/support/study.ts'
import { valueName } from '../../dsl/axis-value.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import { when } from '../../dsl/study-axes.ts'
import { ValidationError } from '../../errors/validation-error.ts'
import type { ServerTuning, Tunable } from '../../hooks/tuning.ts'
import { automaticStudy } from './automatic-space.ts'
import type { ReadyStudy } from './study-run.ts'
import { applySettings } from './study-settings.ts'

const tuning: ServerTuning = {
  apply(server, path, value) {
    if (path === 'flags') return { ...server, launch: { ...server.launch, flags: value } }
    if (!['instances', 'batch', 'batching', 'threads'].includes(path))
      throw new ValidationError('x()', [{ path, message: 'is no setting.' }])
    return { ...server, state: { ...server.state, [path]: value } }
  },
  concurrency: ({ state }) => 2 * Number(state['instances']) * Number(state['batch']),
}

const tunables: readonly Tunable[] = [
  {
    path: 'instances',
    type: 'integer',
    default: 1,
    automatic: [1, 2, 4],
    change: 'in-place',
    description: '',
  },
  { path: 'batch', type: 'integer', default: 6, automatic: [1, 8], change: 'reload', description: '' },
  { path: 'threads', type: 'integer', default: 1, range: [1, 4], change: 'restart', description: '' },
  {
    path: 'device',
    type: 'choice',
    values: ['cpu', 'gpu'],
    skipped: [{ value: 'gpu', reason: 'There is none.' }],
    change: 'reload',
    description: '',
  },
  {
    path: 'other.instances',
    model: 'other',
    type: 'integer',
    automatic: [1, 2],
    change: 'in-place',
    description: '',
  },
]

function study(options: Record<string, unknown> = {}): ReadyStudy {
  const server = { kind: 'x', package: 'p', launch: {}, state: {} }
  const planned = plannedStudy({ loads: { concurrency: [1, 2, 4, 8, 16] }, server, ...options })
  return planned as ReadyStudy
}

it('varies what the plugin finds worth a try, from the server as it is', () => {
  const base = study()
  const [single] = base.cases
  const { main } = single?.trial.streams ?? {}
  const asked = {
    ...base,
    cases: base.cases.map((planned) => ({
      ...planned,
      trial: {
        ...planned.trial,
        streams: { main: { ...main, target: { ...main?.target, options: { model: 'mlp' } } } },
      },
    })) as unknown as ReadyStudy['cases'],
  }
  const found = automaticStudy(asked, { tuning, tunables, candidates: [] })
  expect(found.plan.axes).toEqual([
    { name: 'instances', values: [1, 2, 4], ordered: true },
    // What is in effect now is not among what is worth a try: it is the baseline all the same.
    { name: 'batch', values: [1, 6, 8], ordered: true },
  ])
  expect(found.plan.baseline).toEqual({ instances: 1, batch: 6 })
  expect(found.points).toHaveLength(9)
  expect(found.cases.map(({ trial }) => trial.server?.state)).toContainEqual({ instances: 4, batch: 8 })
  expect(new Set(found.cases.map(({ trial }) => trial.caseId)).size).toBe(9)
  expect(found.notes).toEqual(['device = "gpu" was not tried: There is none.'])
})

it('looks at each configuration with as many users as a rule says, inside of the loads', () => {
  const { cases } = automaticStudy(study(), { tuning, tunables: tunables.slice(0, 2), candidates: [] })
  // A point has the values of its axes in their order: instances, then batch.
  const users = cases.map(({ trial, study: own }) => {
    const load = trial.streams['main']?.load
    return own?.ownLoad === true && load?.loop === 'closed' ? load.concurrency : null
  })
  // 2 × instances × batch, at most 16.
  expect(users).toEqual([2, 12, 16, 4, 16, 16, 8, 16, 16])
})

it('adds configurations of rules of thumb without multiplying the space by them', () => {
  const candidates = [
    { name: 'wide', source: 's', values: { instances: 3, threads: 2 } },
    { name: 'unknown', source: 's', values: { lanes: 3 } },
  ]
  const found = automaticStudy(study(), { tuning, tunables: tunables.slice(0, 4), candidates })
  expect(found.plan.candidates).toEqual({ wide: { instances: 3, threads: 2 } })
  const values = found.cases.map(({ trial }) => trial.case)
  expect(values.filter(({ threads }) => threads === 2)).toEqual([{ instances: 3, batch: 6, threads: 2 }])
  expect(values.filter(({ threads }) => threads === 1)).toHaveLength(12)
})

it('applies settings by path, of the state and of the launch', () => {
  const { plan, ...rest } = study({
    settings: { instances: [1, 2], flags: ['a', 'b'] },
    load: { load: 'closed', concurrency: 1 },
  })
  expect(plan.settings).toEqual(['instances', 'flags'])
  const { cases } = applySettings({ ...rest, plan }, tuning)
  expect(cases.map(({ trial }) => [trial.server?.launch['flags'], trial.server?.state['instances']])).toEqual(
    [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['b', 2],
    ],
  )
  expect(() => applySettings(study({ settings: { lanes: [1, 2] } }), tuning)).toThrow(ValidationError)
})

it('leaves alone what is unchanged or does not matter, and applies what names stand for', () => {
  const seen: string[] = []
  const listening: ServerTuning = {
    ...tuning,
    apply(server, path, value) {
      seen.push(`${path}=${JSON.stringify(value)}`)
      return tuning.apply(server, path, value)
    },
  }
  const base = study({
    settings: {
      batching: [false, true],
      threads: when({ batching: true }, [1, 2]),
      flags: [null, ['--a', '--b']],
    },
    baseline: 'unchanged',
  })
  const { cases } = applySettings(base, listening)
  expect(cases).toHaveLength(1 + 2 * (1 + 2))
  expect(cases[0]?.trial.server).toEqual({ kind: 'x', package: 'p', launch: {}, state: {} })
  expect(cases[1]?.trial.server).toMatchObject({ launch: { flags: null }, state: { batching: false } })
  expect(cases[1]?.trial.server?.state).not.toHaveProperty('threads')
  expect(cases.at(-1)?.trial.server).toMatchObject({
    launch: { flags: ['--a', '--b'] },
    state: { batching: true, threads: 2 },
  })
  expect(seen).not.toContain('batching="unchanged"')
})

const device: Tunable = {
  path: 'providers',
  type: 'choice',
  values: [['cpu'], ['cuda', 'cpu']],
  default: ['cpu'],
  skipped: [{ value: ['cuda', 'cpu'], reason: 'This machine has no GPU.' }],
  role: 'device',
  change: 'reload',
  description: '',
}

it('keeps a device that this machine lacks as a column, and leaves the setting alone', () => {
  const found = automaticStudy(study(), {
    tuning,
    tunables: [...tunables.slice(0, 2), device],
    candidates: [],
  })
  expect(found.plan.axes.at(-1)).toEqual({
    name: 'providers',
    values: ['[cpu]'],
    contents: { '[cpu]': ['cpu'] },
    ordered: false,
    skipped: [{ value: '[cuda,cpu]', reason: 'This machine has no GPU.' }],
  })
  expect(found.points).toHaveLength(9)
  expect(found.plan.settings).toEqual(['instances', 'batch'])
  expect(found.notes).toEqual(['providers = ["cuda","cpu"] was not tried: This machine has no GPU.'])
})

it('applies settings that are lists and objects, by names of their own', () => {
  const lists = [[4, 8], [16], [{ count: 2, kind: 'KIND_CPU' }]]
  const ready = study({
    settings: { flags: lists, instances: { count: 2 } },
    baseline: { flags: [16] },
    load: { load: 'closed', concurrency: 1 },
  })
  expect(ready.plan.axes).toMatchObject([
    { name: 'flags', values: ['[4,8]', '[16]', '[{count:2,kind:KIND_CPU}]'], ordered: false },
    { name: 'instances', values: ['{count:2}'] },
  ])
  expect(ready.plan.baseline).toEqual({ flags: '[16]', instances: '{count:2}' })
  const { cases } = applySettings(ready, tuning)
  expect(cases.map(({ trial }) => trial.server?.launch['flags'])).toEqual(lists)
  expect(cases[0]?.trial.server?.state).toEqual({ instances: { count: 2 } })
  expect(cases[0]?.trial.case).toEqual({ flags: '[4,8]', instances: '{count:2}' })
})

it('names values so that different ones differ, and equal ones do not', () => {
  expect(valueName([1, '1', 'true', true, null])).toBe('[1,"1","true",true,null]')
  expect(valueName({ b: 1, a: [2] })).toBe(valueName({ a: [2], b: 1 }))
  const long = (last: number): Scalar => valueName(Array.from({ length: 40 }, (_, index) => index + last))
  expect(String(long(1))).toMatch(/^\[1,2,.*…#[0-9a-f]{8}$/)
  expect(String(long(1)).length).toBeLessThanOrEqual(41)
  const tail = (last: number): Scalar => valueName([...Array.from({ length: 40 }, () => 0), last])
  expect(tail(1)).not.toBe(tail(2))
})
