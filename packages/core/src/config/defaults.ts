import type { GateSettings, TrialSettings } from '../plan/trial-plan.ts'
import { DEFAULT_COMPARISON } from '../report/comparison-settings.ts'
import { DEFAULT_HEADROOM } from '../dsl/capacity-plan.ts'
import type { RunOptions } from './options.ts'
import { MICROSECOND, MILLISECOND, SECOND } from '../units/nanos.ts'

const MIB = 1024 * 1024

/** Limits of the validity verdict; the reasons stand in docs/statistics.md. */
export const DEFAULT_GATES: GateSettings = {
  dispatchLag: { suspect: 0.02, floorSuspect: 100 * MICROSECOND, invalid: 0.05, floorInvalid: MILLISECOND },
  dispatched: { suspect: 0.999, invalid: 0.99 },
  loadThreadCpu: { suspect: 0.7, invalid: 0.9 },
  accounting: { suspect: null, invalid: 0.001 },
  littlesLaw: { suspect: 0.05, invalid: null },
  foreignCpu: { suspect: 0.02, invalid: 0.1 },
  clockDrift: { suspect: 0.001, invalid: 0.01 },
}

export const DEFAULT_SETTINGS: TrialSettings = {
  warmup: { duration: 2 * SECOND },
  duration: 10 * SECOND,
  until: null,
  drain: 5 * SECOND,
  cooldown: 0,
  timeout: 30 * SECOND,
  retry: { attempts: 0, on: [] },
  connections: { count: 'auto', streams: 'auto', reuse: 'keep-alive', open: 'auto' },
  maxInFlight: 10_000,
  overflow: 'queue',
  workers: 'auto',
  records: 'all',
  maxResponseBytes: 64 * MIB,
  payloads: { count: 64, bytes: 256 * MIB },
  gates: DEFAULT_GATES,
  energy: { idle: 0, region: 'world', intensity: null, table: null, pue: null, embodied: null, live: null },
  cost: {
    prices: null,
    shape: null,
    price: null,
    currency: null,
    nodes: 1,
    hoursPerMonth: 730,
    utilization: 1,
    serverless: null,
    own: null,
    budget: null,
    demand: null,
    headroom: DEFAULT_HEADROOM,
  },
}

/** Everything else that a configuration can say. */
export const DEFAULT_OPTIONS: RunOptions = {
  include: ['**/*.bench.{ts,mts,cts,tsx,js,mjs,cjs,jsx}'],
  exclude: ['**/node_modules/**', '**/.git/**', '**/dist/**', '**/servebench-results/**'],
  repeats: 1,
  seed: null,
  output: 'servebench-results',
  peaks: null,
  reporters: ['console'],
  plugins: [],
  samplers: [],
  collectTimeout: 10 * SECOND,
  watch: [],
  comparison: DEFAULT_COMPARISON,
  bail: false,
  strict: false,
  order: 'random',
  interleave: 'within-server',
}
