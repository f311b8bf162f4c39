import { expect, it } from 'vitest'
import { ValidationError } from '../errors/validation-error.ts'
import type { ServerTuning, Tunable } from '../hooks/tuning.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { JsonObject } from '../units/json.ts'
import { checkTuning } from './check-tuning.ts'

const SERVER: ServerPlan = { kind: 'test', package: 'test', launch: { flag: 1 }, state: { threads: 1 } }
const THREADS: Tunable = {
  path: 'threads',
  type: 'integer',
  range: [1, 4],
  default: 1,
  change: 'in-place',
  description: 'Threads.',
}
const FLAG: Tunable = { ...THREADS, path: 'flag', change: 'restart' }

let written = 0

/** Of two settings: `threads` of the state and `flag` of the launch, both whole numbers. */
const apply: ServerTuning['apply'] = (server, path, value) => {
  if (path !== 'threads' && path !== 'flag')
    throw new ValidationError('test', [{ path, message: 'is no setting.' }])
  if (typeof value !== 'number' || value < 0)
    throw new ValidationError('test', [{ path, message: 'is no number.' }])
  return path === 'threads'
    ? { ...server, state: { ...server.state, threads: value } }
    : { ...server, launch: { ...server.launch, flag: value } }
}

/** Both settings in a file. */
const configuration: ServerTuning['configuration'] = async ({ launch, state }) => [
  { path: 'conf/server.json', text: JSON.stringify({ ...launch, ...state }) },
]

it('finds nothing wrong with a tuning that keeps the contract', async () => {
  const candidates = () => [{ name: 'one thread', source: 'a book', values: { threads: 1 } }]
  const tuning = { apply, modelSettings: 'models', candidates, concurrency: () => 2, configuration }
  const { applied, held, skipped } = await checkTuning(tuning, SERVER, [THREADS, FLAG])
  expect({ applied, held: held.length, skipped }).toEqual({ applied: 8, held: 14, skipped: [] })
})

it('skips what a tuning does not have', async () => {
  const { skipped } = await checkTuning({ apply }, SERVER, [THREADS])
  expect(skipped).toEqual([
    'settings of a model begin with what `modelSettings` says, and its name',
    'rules of thumb name settings that can be applied',
    'requests in flight for a configuration are a number from 1 on, or unknown',
    'files are plain, stay in their folder, and are the same each time',
    'files tell what was applied',
  ])
})

it('sets what a setting depends on before it looks for it in files, and lets a part be taken away', async () => {
  const isOn = (state: JsonObject): boolean => state['pool'] !== null
  const tuning: ServerTuning = {
    apply(server, path, value) {
      if (path === 'pool' && typeof value === 'boolean')
        return { ...server, state: { ...server.state, pool: value ? (server.state['pool'] ?? {}) : null } }
      if (path === 'pool.size' && typeof value === 'number' && value > 0)
        return { ...server, state: { ...server.state, pool: { size: value } } }
      throw new ValidationError('test', [{ path, message: 'is no setting.' }])
    },
    configuration: async ({ state }) => [{ path: 'a', text: isOn(state) ? JSON.stringify(state) : '' }],
  }
  const pool: Tunable = { path: 'pool', type: 'boolean', change: 'reload', description: 'A pool.' }
  const size: Tunable = { ...THREADS, path: 'pool.size', when: { path: 'pool', values: [true] } }
  const { skipped } = await checkTuning(tuning, { ...SERVER, state: { pool: { size: 3 } } }, [pool, size])
  expect(skipped).toHaveLength(3)
})

it('does not look for what is in no file', async () => {
  const tuning = { apply, configuration: async () => [] }
  const { held } = await checkTuning(tuning, SERVER, [THREADS], { unwritten: ['threads'] })
  expect(held).toContain('files tell what was applied')
})

it.each<[string, Partial<ServerTuning>, Partial<Tunable>, RegExp]>([
  [
    'names a model elsewhere',
    { modelSettings: 'models' },
    { model: 'mlp' },
    /is of the model 'mlp', and does not begin with models\.mlp\./,
  ],
  ['lists what it does not apply', {}, { path: 'treads' }, /treads = 1: .*treads: is no setting/s],
  [
    'says that a restart is none',
    {},
    { path: 'flag' },
    /flag = 2: costs no restart, but in-place, and changes the launch/,
  ],
  [
    'says that what is in place is none',
    {},
    { change: 'restart' },
    /threads = 2: costs a restart, and changes the state/,
  ],
  [
    'changes nothing',
    { apply: (server, path, value) => (apply(server, path, value), server) },
    {},
    /threads: makes the same plan of all values: 1, 2, 3, 4/,
  ],
  [
    'counts up',
    {
      apply: (server, path, value) => {
        apply(server, path, value)
        return { ...server, state: { threads: Number(server.state['threads']) + Number(value) } }
      },
    },
    {},
    /makes another plan when it is applied once more/,
  ],
  [
    'takes anything',
    { apply: (server, _path, value) => ({ ...server, state: { threads: value } }) },
    {},
    /threads: takes \{ no: 'setting' \}.*'no.such.setting' is applied/s,
  ],
  [
    'writes into what it is given',
    {
      apply: (server, path, value) => {
        const changed = apply(server, path, value)
        if (typeof value === 'number') Object.assign(server.state, { seen: value })
        return changed
      },
    },
    {},
    /changes the plan that it was given/,
  ],
  [
    'recommends what it does not have',
    { candidates: () => [{ name: 'more', source: 'a book', values: { nothing: 1 } }] },
    {},
    /candidate 'more': .*nothing: is no setting/s,
  ],
  [
    'leaves something of the value before',
    {
      apply: (server, path, value) => {
        const changed = apply(server, path, value)
        return value === 4 ? { ...changed, state: { ...changed.state, four: true } } : changed
      },
    },
    {},
    /threads = 1: makes another plan after 4/,
  ],
  [
    'makes what is no plain data',
    {
      apply: (server, path, value) =>
        ({ ...apply(server, path, value), state: { at: new Date(0) } }) as never,
    },
    {},
    /every value is applied, as plain data · threads = 1: makes a plan that is not plain data/,
  ],
  [
    'depends on a setting that it does not list',
    {},
    { when: { path: 'flags', values: [1] } },
    /threads: depends on 'flags', which is none of the tunables/,
  ],
  ['wants nothing in flight', { concurrency: () => 0 }, {}, /or unknown: there are 0 of them/],
  [
    'writes outside of its folder',
    { configuration: async () => [{ path: 'a/../../b', text: '' }] },
    {},
    /'a\/..\/..\/b' is no path inside of a folder/,
  ],
  [
    'writes a file twice',
    {
      configuration: async ({ state }) => [
        { path: 'a', text: JSON.stringify(state) },
        { path: 'a', text: '' },
      ],
    },
    {},
    /'a' is there twice/,
  ],
  [
    'writes something else each time',
    { configuration: async () => [{ path: 'a', text: String(written++) }] },
    {},
    /there are others when they are written again/,
  ],
  [
    'forgets a setting in its files',
    { configuration: async () => [{ path: 'a', text: '' }] },
    {},
    /files tell what was applied · threads: has the same files with every value/,
  ],
  [
    'asks for an artifact that nobody builds',
    { configuration: async (_server, { artifact }) => [await artifact({} as never)] as never },
    {},
    /it asks for an artifact: give the check an `artifact`/,
  ],
])('finds a tuning that %s', async (_, tuning, tunable, expected) => {
  const server = structuredClone(SERVER)
  await expect(checkTuning({ apply, ...tuning }, server, [{ ...THREADS, ...tunable }])).rejects.toThrow(
    expected,
  )
})
