import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { Problems } from '../dsl/problems.ts'
import {
  explainSettings,
  readSettings,
  rejectUnknown,
  settingAt,
  SETTING_PATHS,
  withSettings,
} from './settings.ts'

function read(fields: Record<string, unknown>) {
  const problems = new Problems()
  const patch = Object.fromEntries(readSettings(problems, fields))
  return { patch, errors: problems.errors }
}

describe('settings', () => {
  it('reads every form into plan values', () => {
    expect(
      read({
        warmup: '2s',
        duration: '1.5s',
        retry: 2,
        connections: { count: 'auto', reuse: 'per-request' },
        maxResponseBytes: '2MiB',
        payloads: { count: 3 },
        gates: { dispatchLag: { floorSuspect: '50us', suspect: null }, foreignCpu: { invalid: 0.5 } },
      }),
    ).toEqual({
      patch: {
        warmup: { duration: 2e9 },
        duration: 1.5e9,
        'retry.attempts': 2,
        'connections.count': 'auto',
        'connections.reuse': 'per-request',
        maxResponseBytes: 2 * 1024 * 1024,
        'payloads.count': 3,
        'gates.dispatchLag.floorSuspect': 50_000,
        'gates.dispatchLag.suspect': null,
        'gates.foreignCpu.invalid': 0.5,
      },
      errors: [],
    })
    expect(read({ warmup: 100, connections: 8 }).patch).toEqual({
      warmup: { requests: 100 },
      'connections.count': 8,
    })
    expect(read({ warmup: { requests: 0 } }).patch).toEqual({ warmup: { requests: 0 } })
  })

  it('reads warm-ups that last until the target is steady', () => {
    const auto = {
      until: 'stable',
      method: 'auto',
      minimum: 5e9,
      requests: 100,
      maximum: 60e9,
      windows: 3,
      within: 0.1,
      window: null,
    }
    expect(read({ warmup: 'auto' })).toEqual({ patch: { warmup: auto }, errors: [] })
    expect(read({ warmup: { until: 'stable', windows: 4, within: 0.2, minimum: '90s' } }).patch).toEqual({
      warmup: { ...auto, windows: 4, within: 0.2, minimum: 90e9, maximum: 90e9 },
    })
    const analyzer = { ...auto, method: 'windows', minimum: 0, requests: 0, maximum: 50e9, window: 5e9 }
    expect(read({ warmup: 'perf-analyzer' }).patch).toEqual({ warmup: analyzer })
    expect(read({ warmup: { until: 'stable', method: 'windows', window: '2s' } }).patch).toEqual({
      warmup: { ...analyzer, window: 2e9, maximum: 20e9 },
    })
  })

  it('has a default for every path, and a path for every default', () => {
    for (const path of SETTING_PATHS) expect(settingAt(DEFAULT_SETTINGS, path), path).not.toBeUndefined()
    const leaves = (value: unknown, path: string): string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && path !== 'warmup'
        ? Object.entries(value).flatMap(([key, member]) =>
            leaves(member, path === '' ? key : `${path}.${key}`),
          )
        : [path]
    expect(leaves(DEFAULT_SETTINGS, '').toSorted()).toEqual(SETTING_PATHS.toSorted())
  })

  it.each([
    [{ duration: '0s' }, 'duration', 'above zero'],
    [{ duration: 30 }, 'duration', 'expected a duration with a unit'],
    [{ duration: '30' }, 'duration', "'30' is not a duration"],
    [{ timeout: null }, 'timeout', 'not null'],
    [{ warmup: -1 }, 'warmup.requests', 'whole number from 0'],
    [{ warmup: { request: 5 } }, 'warmup.request', 'no such option'],
    [{ warmup: 'automatic' }, 'warmup', "'automatic' is not a duration"],
    [{ warmup: { until: 'steady' } }, 'warmup.until', "expected one of 'stable'"],
    [{ warmup: { until: 'stable', windows: 1 } }, 'warmup.windows', 'whole number from 2 to 100'],
    [{ warmup: { until: 'stable', minimum: '9s', maximum: '8s' } }, 'warmup.maximum', 'shorter'],
    [{ until: { percentile: 99 } }, 'until.halfWidth', 'expected a number'],
    [{ until: { rule: 'certified', percentile: 100 } }, 'until.percentile', 'from 1 to 99.999'],
    [{ retry: { attempts: 1, on: 'reset' } }, 'retry.on', 'expected a list of text'],
    [{ connections: { cuont: 3 } }, 'connections.cuont', 'no such option'],
    [{ connections: 'many' }, 'connections', "expected an object, not 'many'"],
    [{ connections: { reuse: 'keepalive' } }, 'connections.reuse', "one of 'keep-alive', 'per-request'"],
    [{ workers: 0 }, 'workers', 'whole number from 1 to 256'],
    [{ overflow: 'block' }, 'overflow', "one of 'queue', 'drop'"],
    [{ maxResponseBytes: 5 }, 'maxResponseBytes', 'expected a size with a unit'],
    [{ maxResponseBytes: '5 parsecs' }, 'maxResponseBytes', 'is not a size'],
    [{ gates: { foreignCpu: { suspect: -1 } } }, 'gates.foreignCpu.suspect', 'expected a number from 0'],
    [{ gates: { lag: {} } }, 'gates.lag', 'no such option'],
  ])('refuses %j', (fields, path, message) => {
    expect(read(fields).errors).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    )
  })

  it('suggests what was meant', () => {
    expect(read({ connections: { coumt: 3 } }).errors[0]?.suggestion).toBe('count')
    expect(read({ connections: { reuse: 'keepalive' } }).errors[0]?.suggestion).toBe('keep-alive')
    const problems = new Problems()
    rejectUnknown(problems, { durration: '5s', target: {}, timeout: '1s' }, ['target'])
    expect(problems.errors).toEqual([
      { path: 'durration', message: 'there is no such option.', suggestion: 'duration' },
    ])
  })

  it('replaces single values and leaves the original alone', () => {
    const before = structuredClone(DEFAULT_SETTINGS)
    const changed = withSettings(
      DEFAULT_SETTINGS,
      new Map<string, never>([
        ['connections.count', 3 as never],
        ['warmup', { requests: 1 } as never],
      ]),
    )
    expect(changed).toEqual({
      ...DEFAULT_SETTINGS,
      warmup: { requests: 1 },
      connections: { ...DEFAULT_SETTINGS.connections, count: 3 },
    })
    expect(DEFAULT_SETTINGS).toEqual(before)
  })

  it('explains each effective value', () => {
    const explained = explainSettings({ settings: DEFAULT_SETTINGS, origins: { timeout: "describe 'x'" } })
    expect(explained).toHaveLength(SETTING_PATHS.length)
    expect(explained).toContainEqual({ path: 'timeout', value: 30e9, origin: "describe 'x'" })
    expect(explained).toContainEqual({ path: 'duration', value: 10e9, origin: 'default' })
  })
})
