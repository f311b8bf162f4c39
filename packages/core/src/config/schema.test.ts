import { describe, expect, it } from 'vitest'
import { SETTING_PATHS } from '../plan/settings.ts'
import { parseBytes } from '../units/bytes.ts'
import { parseDuration } from '../units/duration.ts'
import { DEFAULT_OPTIONS } from './defaults.ts'
import { variableName } from './environment.ts'
import { fileProblems } from './file-problems.ts'
import { CONFIG_NAMES, CONFIG_PATHS, readLayer } from './layer.ts'
import { RUN_OPTION_NAMES } from './options.ts'
import { configJsonSchema } from './schema.ts'

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>
  readonly anyOf?: readonly JsonSchema[]
}

/** Objects that are one setting. */
const WHOLE = [
  'warmup',
  'until',
  'comparison',
  'energy.embodied',
  'energy.live',
  'cost.serverless',
  'cost.own',
]

/** The dotted paths of everything that the schema lets one set. */
function schemaPaths(schema: JsonSchema, path = ''): string[] {
  const objects = [schema, ...(schema.anyOf ?? [])].filter((candidate) => candidate.properties !== undefined)
  if (objects.length === 0 || WHOLE.includes(path)) return [path]
  return objects.flatMap((object) =>
    Object.entries(object.properties ?? {}).flatMap(([name, member]) =>
      schemaPaths(member, path === '' ? name : `${path}.${name}`),
    ),
  )
}

describe('the schema of configuration files', () => {
  it('is published as it is', async () => {
    await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../schema/config.schema.json',
    )
  })

  it('knows the same names as everything else that reads options', () => {
    const paths = schemaPaths(configJsonSchema() as JsonSchema).filter((path) => path !== '$schema')
    expect(paths.toSorted()).toEqual([...SETTING_PATHS, ...RUN_OPTION_NAMES].toSorted())
    expect(RUN_OPTION_NAMES.toSorted()).toEqual(Object.keys(DEFAULT_OPTIONS).toSorted())
  })

  /** Both the schema and the readers look at values: neither may take what the other refuses. */
  it.each([
    { duration: '5s' },
    { duration: '.5s' },
    { duration: ' 5s ' },
    { duration: '0s' },
    { duration: '5' },
    { duration: 5 },
    { drain: '0s' },
    { warmup: '2s' },
    { warmup: 0 },
    { warmup: -1 },
    { warmup: 1.5 },
    { warmup: { requests: 5 } },
    { warmup: { requests: '5' } },
    { warmup: {} },
    { warmup: 'auto' },
    { warmup: 'perf-analyzer' },
    { warmup: { until: 'stable', windows: 4, within: 0.2, window: '1s', method: 'windows' } },
    { warmup: { until: 'stable', windows: 1 } },
    { energy: { idle: '10s', region: 'DE', pue: 1.2 } },
    { energy: { intensity: -1 } },
    { energy: { pue: 0.9 } },
    { energy: { embodied: { kilograms: 1200, years: 4 } } },
    { energy: { embodied: { kilograms: 1200 } } },
    { energy: { live: { url: 'https://grid.example', pointer: '/g', token: { secret: 'env', name: 'T' } } } },
    { energy: { live: { url: 'https://grid.example', pointer: ['/a', '/b'] } } },
    { energy: { live: { url: 'ftp://grid.example', pointer: '/g' } } },
    { energy: { live: { url: 'https://grid.example', pointer: 'g' } } },
    { energy: { live: { url: 'https://grid.example', pointer: '/g', token: 'T' } } },
    { energy: { live: { url: 'https://grid.example' } } },
    { cost: { prices: 'aws', shape: 'g4dn.xlarge', nodes: 2 } },
    { cost: { nodes: 0 } },
    { cost: { utilization: 0 } },
    { cost: { hoursPerMonth: 24 } },
    { cost: { hoursPerMonth: 745 } },
    { cost: { currency: 'eur' } },
    { cost: { serverless: { service: 'lambda', memory: '2GiB' } } },
    { cost: { serverless: { service: 'lambda', memory: 2 } } },
    { cost: { own: { price: 9000, years: 3, perKWh: 0.2, utilization: 0.5 } } },
    { cost: { own: { price: 9000, years: 3 } } },
    { cost: { demand: 0 } },
    { warmup: { until: 'steady' } },
    { until: { percentile: 50, halfWidth: 0.1 } },
    { until: { percentile: 50 } },
    { until: { percentile: 50, halfWidth: 0.1, limit: '5ms' } },
    { until: { rule: 'certified', percentile: 99, limit: '5ms', confidence: 0.95, maximum: '1m' } },
    { until: { rule: 'certified', percentile: 100 } },
    { until: { rule: 'certified', percentile: 99, dependence: 'ignored', requests: 1000 } },
    { until: 'certified' },
    { retry: 3 },
    { retry: 101 },
    { retry: { attempts: 2, on: ['reset'] } },
    { retry: { on: ['reset'] } },
    { retry: { attempts: 2, on: [''] } },
    { connections: 0 },
    { connections: 'auto' },
    { connections: { count: 'auto', streams: 4, reuse: 'per-request', open: 'before' } },
    { connections: { count: 0 } },
    { maxInFlight: 1_000_001 },
    { comparison: { level: 0.01, thresholds: { 'responseTime.p99': 0.2 } } },
    { comparison: { level: 0 } },
    { comparison: { thresholds: { p99: 0.2 } } },
    { comparison: { threshold: 1 } },
    { comparison: 0.05 },
    { overflow: 'drop' },
    { overflow: 'block' },
    { workers: 256 },
    { workers: 257 },
    { workers: 'auto' },
    { records: null },
    { maxResponseBytes: '1.5MiB' },
    { maxResponseBytes: '1.5 MiB' },
    { maxResponseBytes: '1.5mb' },
    { payloads: { count: 1, bytes: '1MiB' } },
    { payloads: { count: 0 } },
    { payloads: 5 },
    { gates: { dispatchLag: { suspect: 0.1, floorSuspect: '1ms' } } },
    { gates: { dispatchLag: { suspect: -0.1 } } },
    { gates: { foreignCpu: { suspect: null } } },
    { gates: { foreignCpu: { floorSuspect: '1ms' } } },
    { include: ['a'] },
    { include: 'a' },
    { include: [''] },
    { repeats: 10_000 },
    { repeats: 10_001 },
    { seed: 'x' },
    { seed: 4.5 },
    { seed: '' },
    { output: '' },
    { reporters: ['a', ['b', { c: [1, null] }]] },
    { reporters: [['a']] },
    { reporters: [['a', 5]] },
    { collectTimeout: '0s' },
    { bail: 'yes' },
    { strict: true },
    { order: 'random' },
    { interleave: 'never' },
    { unknown: 1 },
    { $schema: 'x' },
  ])('agrees with the readers on %j', (content) => {
    const found: never[] = []
    readLayer(found, content, 'file')
    expect(fileProblems(content).length > 0, JSON.stringify(fileProblems(content))).toBe(found.length > 0)
  })

  it.each(['5s', '0.5ms', '3 s', '1e3s', '-1s', '5µs', '24h', 's'])(
    'takes %j for a duration exactly when the parser does',
    (text) => {
      const parses = attempt(() => parseDuration(text))
      expect(fileProblems({ timeout: text }).length === 0).toBe(parses)
    },
  )

  it.each(['5B', '5 kB', '5kib', '1.5GiB', '-5B', '5'])(
    'takes %j for a size exactly when the parser does',
    (text) => {
      const parses = attempt(() => parseBytes(text))
      expect(fileProblems({ maxResponseBytes: text }).length === 0).toBe(parses)
    },
  )
})

describe('variables', () => {
  it.each([
    ['duration', 'SERVEBENCH_DURATION'],
    ['maxInFlight', 'SERVEBENCH_MAX_IN_FLIGHT'],
    ['connections.count', 'SERVEBENCH_CONNECTIONS_COUNT'],
    ['gates.dispatchLag.floorSuspect', 'SERVEBENCH_GATES_DISPATCH_LAG_FLOOR_SUSPECT'],
  ])('%s is %s', (path, name) => {
    expect(variableName(path)).toBe(name)
  })

  it('never clash', () => {
    expect(new Set(CONFIG_PATHS.map(variableName)).size).toBe(CONFIG_PATHS.length)
    expect(CONFIG_NAMES.length).toBeGreaterThan(20)
  })
})

function attempt(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
