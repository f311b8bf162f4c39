import { describe, expect, it } from 'vitest'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { applyTunable, applyTunables } from './apply-tunable.ts'
import { readModelSetting, withFlag, withValue } from './setting-path.ts'
import { tunableValue, tunableValues } from './tunable-values.ts'
import type { Tunable } from './tuning.ts'

const SERVER: ServerPlan = { kind: 'test', package: 'test', launch: { env: { A: '1' } }, state: {} }
const CONTAINER = { image: 'old', runtime: 'docker' } as unknown as NonNullable<ServerPlan['container']>

describe('settings of any server', () => {
  it('are applied', () => {
    const server = { ...SERVER, container: CONTAINER }
    const values = {
      replicas: 3,
      cpus: '0-3',
      memory: '2GiB',
      'container.image': 'new',
      'env.OMP_NUM_THREADS': 2,
    }
    expect(applyTunables(server, values, undefined)).toEqual({
      ...SERVER,
      launch: { env: { A: '1', OMP_NUM_THREADS: '2' } },
      replicas: { count: 3, policy: 'roundRobin' },
      limits: { cpus: '0-3', memory: 2 * 1024 ** 3 },
      container: { image: 'new', runtime: 'docker' },
    })
  })

  it('keep what they do not name', () => {
    const server: ServerPlan = {
      ...SERVER,
      replicas: { count: 2, policy: 'leastInFlight' },
      limits: { cpus: '0', memory: 1000 },
    }
    expect(applyTunable(server, 'replicas', 1, undefined).replicas).toEqual({
      count: 1,
      policy: 'leastInFlight',
    })
    expect(applyTunable(server, 'cpus', '1', undefined).limits).toEqual({ cpus: '1', memory: 1000 })
  })

  it('are taken away by null', () => {
    const limited = applyTunables(SERVER, { cpus: '0-3', 'env.B': 'x' }, undefined)
    expect(applyTunables(limited, { cpus: null, 'env.B': null }, undefined)).toEqual(SERVER)
  })

  it('are the same plan as no replica where there is one', () => {
    expect(applyTunable(SERVER, 'replicas', 1, undefined)).toEqual(SERVER)
  })

  it.each([
    ['replicas', 0],
    ['replicas', 65],
    ['replicas', 1.5],
    ['cpus', 'all'],
    ['memory', '2 GB of it'],
    ['container.image', 'x'],
    ['env.A B', 'x'],
    ['env.A', {}],
    ['threads', 2],
  ])('are refused: %s = %s', (path, value) => {
    expect(() => applyTunable(SERVER, path, value, undefined)).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_VALIDATION' }),
    )
  })

  it('need an environment', () => {
    expect(() => applyTunable({ ...SERVER, launch: {} }, 'env.A', 'x', undefined)).toThrow(/environment/)
  })
})

describe('paths', () => {
  it('name settings of all models, and of one whose name has dots', () => {
    const settings = ['instances', 'batching']
    expect(readModelSetting('instances', settings)).toEqual({ model: null, names: ['instances'] })
    expect(readModelSetting('models.resnet.v1.5.batching.delay', settings)).toEqual({
      model: 'resnet.v1.5',
      names: ['batching', 'delay'],
    })
    // A model that is called like a setting.
    expect(readModelSetting('models.instances.instances', settings)).toEqual({
      model: 'instances',
      names: ['instances'],
    })
    expect(readModelSetting('models.instances', settings)).toBeNull()
    expect(readModelSetting('models.a.b', settings)).toBeNull()
    expect(readModelSetting('other.instances', settings)).toBeNull()
  })

  it('replace a value, whatever stood there', () => {
    expect(withValue({ a: 1, b: [2] }, ['b', 'c'], null)).toEqual({ a: 1, b: { c: null } })
    expect(withValue({ a: { b: 1, c: 2 } }, ['a', 'b'], { d: 3 })).toEqual({ a: { b: { d: 3 }, c: 2 } })
    expect(withValue({}, ['__proto__', 'x'], 1)).toEqual(JSON.parse('{"__proto__":{"x":1}}'))
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('replace a flag, and take it away', () => {
    const args = ['--a=1', '--ab=2', '--a', '-v']
    expect(withFlag(args, '--a', 3)).toEqual(['--ab=2', '-v', '--a=3'])
    expect(withFlag(args, '--a', null)).toEqual(['--ab=2', '-v'])
  })
})

describe('values of tunables', () => {
  const of = (tunable: Partial<Tunable>): Tunable => ({
    path: 'x',
    type: 'integer',
    change: 'reload',
    description: 'x',
    ...tunable,
  })

  it.each<[string, Partial<Tunable>, readonly unknown[]]>([
    ['whole numbers', { range: [2, 5] }, [2, 3, 4, 5]],
    ['doublings', { range: [1, 20], scale: 'log' }, [1, 2, 4, 8, 16]],
    ['doublings from nothing', { range: [0, 4], scale: 'log' }, [0, 1, 2, 4]],
    ['numbers', { type: 'number', range: [0, 1] }, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    [
      'durations',
      { type: 'duration', range: [0, 500_000], scale: 'log' },
      ['0us', '100us', '200us', '400us'],
    ],
    ['both', { type: 'boolean' }, [false, true]],
    ['a list', { type: 'choice', values: ['a', ['b']] }, ['a', ['b']]],
    [
      'what is not skipped',
      { type: 'choice', values: ['a', ['b']], skipped: [{ value: ['b'], reason: 'No.' }] },
      ['a'],
    ],
    ['one point', { type: 'number', range: [3, 3] }, [3]],
  ])('are %s', (_, tunable, expected) => {
    expect(
      tunableValues(of(tunable)).map((value) =>
        typeof value === 'number' ? Number(value.toFixed(9)) : value,
      ),
    ).toEqual(expected)
  })

  it('are made of numbers', () => {
    expect(tunableValue(of({}), 2.6)).toBe(3)
    expect(tunableValue(of({ type: 'duration' }), 1_500_400)).toBe('1500us')
    expect(tunableValue(of({ type: 'boolean' }), 1)).toBe(true)
    expect(tunableValue(of({ type: 'choice', values: ['a', 'b'] }), 1)).toBe('b')
    expect(tunableValue(of({ type: 'number' }), 0.25)).toBe(0.25)
  })
})
