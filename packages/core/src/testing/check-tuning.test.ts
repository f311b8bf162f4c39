import { expect, it } from 'vitest'
import { ValidationError } from '../errors/validation-error.ts'
import type { ServerTuning, Tunable } from '../hooks/tuning.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
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

it('applies every value of a tuning that keeps the contract', () => {
  const candidates = () => [{ name: 'one thread', source: 'a book', values: { threads: 1 } }]
  expect(checkTuning({ apply, candidates }, SERVER, [THREADS, FLAG])).toBe(8)
})

it.each<[string, Partial<ServerTuning>, Partial<Tunable>, RegExp]>([
  [
    'names a model elsewhere',
    { modelSettings: 'models' },
    { model: 'mlp' },
    /is of the model 'mlp', but does not begin with `modelSettings`: models/,
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
    /makes the same plan of all values/,
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
    /threads: takes \{ no: 'setting' \}.*no.such.setting: is applied/s,
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
])('finds a tuning that %s', (_, tuning, tunable, expected) => {
  const server = structuredClone(SERVER)
  expect(() => checkTuning({ apply, ...tuning }, server, [{ ...THREADS, ...tunable }])).toThrow(expected)
})
