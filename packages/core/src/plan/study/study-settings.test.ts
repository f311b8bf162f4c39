import { expect, it } from 'vitest'
import { plannedStudy } from '../../../test/support/study.ts'
import { stream } from '../../dsl/stream.ts'
import type { TargetSpec } from '../../dsl/target.ts'
import { ValidationError } from '../../errors/validation-error.ts'
import { readModelSetting } from '../../hooks/setting-path.ts'
import type { ServerTuning, Tunable } from '../../hooks/tuning.ts'
import type { ServerPlan } from '../trial-plan.ts'
import { automaticStudy } from './automatic-space.ts'
import { searchOf } from './choose-strategy.ts'
import type { ReadyStudy } from './study-run.ts'
import { applySettings } from './study-settings.ts'

const SERVER: ServerPlan = { kind: 'x', package: 'p', launch: {}, state: {} }

/** Of models `a.b` and `c`, with instances and batches. */
const tuning: ServerTuning = {
  modelSettings: 'models',
  apply(server, path, value) {
    const setting = readModelSetting(path, ['instances', 'batch'])
    if (setting === null) throw new ValidationError('x()', [{ path, message: 'is no setting.' }])
    if (setting.model !== 'a.b' && setting.model !== 'c')
      throw new ValidationError('x()', [{ path, message: 'is of no model.' }])
    if (typeof value !== 'number')
      throw new ValidationError('x()', [{ path, message: `must be a number, not ${JSON.stringify(value)}.` }])
    return { ...server, state: { ...server.state, [path]: value } }
  },
  concurrency: ({ state }, model) =>
    model === undefined
      ? null
      : 2 * Number(state[`models.${model}.instances`]) * Number(state[`models.${model}.batch`] ?? 1),
}

function asks(model: string): TargetSpec<'inline'> {
  return { kind: 'inline', package: 'p', options: { model } }
}

const STREAMS = { first: stream({ target: asks('a.b') }), second: stream({ target: asks('c') }) }

function study(options: Record<string, unknown>): ReadyStudy {
  return plannedStudy({ streams: STREAMS, server: SERVER, ...options }) as ReadyStudy
}

function usersOf({ cases }: ReadyStudy): readonly (readonly number[])[] {
  return cases.map(({ trial }) =>
    Object.values(trial.streams).map(({ load }) => (load.loop === 'closed' ? load.concurrency : NaN)),
  )
}

it('writes settings of a model where the server has them, by the name that its stream asks', () => {
  const { cases } = applySettings(
    study({
      models: { first: { settings: { instances: [1, 2] } }, second: { settings: { batch: [4, 8] } } },
      loads: { concurrency: [2] },
    }),
    tuning,
  )
  expect(cases.map(({ trial }) => trial.server?.state)).toEqual([
    { 'models.a.b.instances': 1, 'models.c.batch': 4 },
    { 'models.a.b.instances': 1, 'models.c.batch': 8 },
    { 'models.a.b.instances': 2, 'models.c.batch': 4 },
    { 'models.a.b.instances': 2, 'models.c.batch': 8 },
  ])
  expect(new Set(cases.map(({ trial }) => trial.caseId)).size).toBe(4)
})

it('leaves the models as they are all together, or none of them', () => {
  const { plan, cases } = applySettings(
    study({
      models: { first: { settings: { instances: [1, 2] } }, second: { settings: { batch: [4, 8] } } },
      baseline: 'unchanged',
      loads: { concurrency: [2] },
    }),
    tuning,
  )
  expect(plan.baseline).toEqual({ 'first.instances': 'unchanged', 'second.batch': 'unchanged' })
  expect(cases.map(({ trial }) => trial.server?.state)).toEqual([
    {},
    { 'models.a.b.instances': 1, 'models.c.batch': 4 },
    { 'models.a.b.instances': 1, 'models.c.batch': 8 },
    { 'models.a.b.instances': 2, 'models.c.batch': 4 },
    { 'models.a.b.instances': 2, 'models.c.batch': 8 },
  ])
})

it('gives each model the users that its own settings are good for, at most all that there are', () => {
  const models = {
    first: { settings: { instances: [1, 4] } },
    second: { settings: { instances: [1], batch: [8] } },
  }
  const found = applySettings(study({ models, loads: { concurrency: { to: 100 } } }), tuning)
  expect(usersOf(found)).toEqual([
    [2, 16],
    [8, 16],
  ])
  expect(found.cases.every(({ study: own }) => own?.ownLoad)).toBe(true)
  const few = applySettings(study({ models, loads: { concurrency: [12] } }), tuning)
  expect(usersOf(few)).toEqual([
    [1, 11],
    [4, 8],
  ])
  const written = applySettings(
    study({
      models,
      streams: {
        first: stream({ target: asks('a.b'), load: { load: 'closed', concurrency: 3 } }),
        second: stream({ target: asks('c'), load: { load: 'closed', concurrency: 5 } }),
      },
      loads: { concurrency: [4, 8] },
    }),
    tuning,
  )
  expect(usersOf(written)).toEqual([
    [3, 5],
    [3, 5],
  ])
})

it('tells every setting that the server does not have, and every value that it does not take', () => {
  const wrong = study({
    models: {
      first: { settings: { instances: [1, 'two', 'three'], lanes: [1, 2] } },
      second: { settings: { threads: [1] } },
    },
    settings: { 'models.d.batch': [1, 2] },
    loads: { concurrency: [2] },
  })
  let problems: readonly { readonly path: string; readonly message: string }[] = []
  try {
    applySettings(wrong, tuning)
  } catch (error) {
    if (error instanceof ValidationError) problems = error.problems
  }
  expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
    'models.d.batch is of no model.',
    'models.a.b.instances must be a number, not "two".',
    'models.a.b.instances must be a number, not "three".',
    'models.a.b.lanes is no setting.',
    'models.c.threads is no setting.',
  ])
})

it('refuses settings of models where the server has none', () => {
  const { modelSettings: _none, ...plain } = tuning
  const asked = study({
    models: { first: { settings: { instances: [1, 2] } }, second: { settings: { batch: [1] } } },
    loads: { concurrency: [2] },
  })
  expect(() => applySettings(asked, plain)).toThrow(
    /models\.first\.settings: models of such a server.*models\.second\.settings: models of such a server/s,
  )
})

it('varies without axes what is worth a try of each model, by climbing', () => {
  const tunables = ['a.b', 'c', 'other'].flatMap((model): Tunable[] => [
    {
      path: `models.${model}.instances`,
      model,
      type: 'integer',
      default: 1,
      automatic: [1, 2, 3],
      change: 'in-place',
      description: '',
    },
    {
      path: `models.${model}.batch`,
      model,
      type: 'integer',
      default: 1,
      automatic: [1, 8],
      change: 'reload',
      description: '',
    },
  ])
  const base = study({ models: { first: { weight: 2 }, second: {} }, loads: { concurrency: { to: 64 } } })
  const found = automaticStudy(base, { tuning, tunables, candidates: [] })
  expect(found.plan.axes.map(({ name }) => name)).toEqual([
    'models.a.b.instances',
    'models.a.b.batch',
    'models.c.instances',
    'models.c.batch',
  ])
  expect(found.points).toHaveLength(36)
  expect(searchOf(found.plan, 36).strategy).toBe('quick')
  expect(usersOf(found)[0]).toEqual([2, 2])
  expect(usersOf(found).at(-1)).toEqual([31, 33].map(() => 32))
})

it('thins what is worth a try of many models, but for what is in effect now', () => {
  const names = ['a.b', 'c', 'd']
  const streams = Object.fromEntries(
    ['first', 'second', 'third'].map((name, index) => [
      name,
      stream({ target: asks(names[index] as string) }),
    ]),
  )
  const batches = [1, 2, 4, 8, 16, 32, 64, 128]
  const tunables = names.flatMap((model): Tunable[] =>
    (
      [
        ['instances', [1, 2, 3, 4, 5]],
        ['batch', batches],
      ] as const
    ).map(([setting, automatic]) => ({
      path: `models.${model}.${setting}`,
      model,
      type: 'integer',
      default: 2,
      automatic,
      change: 'reload',
      description: '',
    })),
  )
  const free: ServerTuning = { modelSettings: 'models', apply: (server) => server }
  const base = study({ models: { first: {} }, streams, loads: { concurrency: { from: 3, to: 64 } } })
  const { plan, points, notes } = automaticStudy(base, { tuning: free, tunables, candidates: [] })
  expect(points.length).toBe(4 * 4 * 4 * 5 * 5 * 5)
  expect(plan.axes.map(({ values }) => values)).toEqual(
    names.flatMap(() => [
      [1, 2, 3, 5],
      [1, 2, 4, 64, 128],
    ]),
  )
  expect(plan.baseline['models.d.batch']).toBe(2)
  expect(notes).toContain(
    'models.c.batch was tried at 1, 2, 4, 64, 128 only: all models together have too many configurations.',
  )
})
