import { expect, it } from 'vitest'
import { plannedStudy } from '../../../test/support/study.ts'
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
