import { describe, expect, it } from 'vitest'
import {
  analysedResult,
  analysedTrial,
  closed,
  faultsOf,
  recordsOf,
  tableNamed,
} from '../../../test/support/analysed-cases.ts'
import { closedBatchThroughput } from '../../stats/queueing/batch-service.ts'
import type { JsonObject } from '../../units/json.ts'
import type { AnalysisTable, ServerReport, Trial } from '../result.ts'
import { batchingSetting } from './batching-setting.ts'
import { analyseDynamicBatching } from './dynamic-batching.ts'
import { analyseServerBatches } from './server-batches.ts'

const MS = 1e6
const USERS = [1, 2, 4, 8, 16]
/** a = 4 ms, c = 1 ms, batches up to 8. */
const SERVICE = { fixed: 4, perItem: 1 }

interface Setup {
  readonly users: number
  readonly isOn: boolean
  readonly repeat?: number
  readonly delay?: number
  readonly outside?: number
  readonly counts?: boolean
  readonly instances?: number
}

function serverPlan(isOn: boolean): NonNullable<Trial['plan']['server']> {
  return {
    kind: 'onnx',
    package: 'p',
    launch: { port: 1 },
    state: {
      models: [{ name: 'm', maxBatchSize: 8, batching: isOn ? { maxQueueDelay: 0, preferred: [] } : null }],
    },
  }
}

/** What the law has for one trial, as a server would count it. */
function trialOf({
  users,
  isOn,
  repeat = 0,
  delay = 0,
  outside = 0,
  counts = true,
  instances = 1,
}: Setup): Trial {
  const most = isOn ? 8 : 1
  const perMs = closedBatchThroughput(SERVICE, { users, most, delay, outside })
  const size = Math.min(users, most)
  const executions = Math.round((perMs * 10_000) / size)
  const drift = 1 + repeat / 50
  const server: ServerReport = {
    kind: 'onnx',
    plan: null,
    version: null,
    effectiveConfig: null,
    startup: null,
    stages: null,
    batchSizes: counts ? [{ size, count: executions }] : null,
    counters: counts
      ? {
          m: {
            batches: [{ size, computeInfer: { count: executions, ns: executions * (4 + size) * MS } }],
          } as unknown as JsonObject,
        }
      : null,
    ...(isOn ? { batching: { main: { model: 'm', size: 8, instances, delay: delay * MS } } } : {}),
  }
  return analysedTrial({
    case: { batching: isOn, users },
    repeat,
    load: closed(users),
    time: (users / perMs) * MS * drift,
    target: { options: { model: 'm' } },
    plan: { server: serverPlan(isOn) },
    rest: {
      server,
      // Service time is the whole response here; the fixture's is 90 % of it.
      serviceTime: { ...analysedTrial({ time: (users / perMs) * MS }).responseTime },
    },
  })
}
function both(setup: Omit<Setup, 'users' | 'isOn'> = {}, users: readonly number[] = USERS): readonly Trial[] {
  return [false, true].flatMap((isOn) => users.map((count) => trialOf({ ...setup, users: count, isOn })))
}
function analyse(trials: readonly Trial[]): readonly AnalysisTable[] {
  const tables = analyseDynamicBatching(analysedResult(trials))
  expect(faultsOf(tables)).toEqual([])
  return tables
}

describe('what batching on the server gains', () => {
  it('is the ratio of throughputs by users, as the law has it', () => {
    const rows = recordsOf(tableNamed(analyse(both()), 'dynamic-batching'))
    expect(rows.map((row) => row['users'])).toEqual(USERS)
    expect(rows[0]?.['on']).toBeCloseTo(200, 6)
    expect(rows[3]?.['on']).toBeCloseTo(666.667, 3)
    expect(rows[3]?.['gain']).toBeCloseTo(8 / 12 / (1 / 5), 9)
    expect(rows[4]?.['batch']).toBe(8)
    for (const row of rows) expect((row['law'] as number) / (row['gain'] as number)).toBeCloseTo(1, 6)
  })

  it('is predicted with the delay of the batcher and what requests take outside', () => {
    const rows = recordsOf(tableNamed(analyse(both({ delay: 3, outside: 2 })), 'dynamic-batching'))
    // One user waits for nobody, but the batch is not full.
    expect(rows[0]?.['gain']).toBeCloseTo(7 / 10, 9)
    for (const row of rows) expect((row['law'] as number) / (row['gain'] as number)).toBeCloseTo(1, 6)
  })

  it('is paired by repeats: a drift that both have costs nothing', () => {
    const trials = [0, 1, 2].flatMap((repeat) => both({ repeat }))
    const [row] = recordsOf(tableNamed(analyse(trials), 'dynamic-batching'))
    expect(row?.['low']).toBeCloseTo(1, 9)
    expect(row?.['high']).toBeCloseTo(1, 9)
    const two = tableNamed(analyse([0, 1].flatMap((repeat) => both({ repeat }))), 'dynamic-batching')
    expect(recordsOf(two)[0]?.['low']).toBeNull()
    expect(two.notes.join(' ')).toContain('Two repeats tell no interval')
    const [single] = recordsOf(tableNamed(analyse(both()), 'dynamic-batching'))
    // Two intervals of ±2 % in quadrature.
    expect(single?.['high']).toBeCloseTo(1 + 0.02 * Math.SQRT2, 3)
  })

  it('has no prediction where the server does not count, for several instances, and without one user', () => {
    const note = (trials: readonly Trial[]): string =>
      tableNamed(analyse(trials), 'dynamic-batching').notes.join(' ')
    expect(note(both({ counts: false }))).toContain('No prediction: the server does not count executions')
    expect(note(both({ instances: 2 }))).toContain('the law is that of one instance')
    expect(note(both({}, [2, 4, 8]))).toContain('was not measured')
    expect(note(both({}, [1, 2]))).toContain('executed batches of 2 sizes')
    for (const row of recordsOf(tableNamed(analyse(both({ counts: false })), 'dynamic-batching'))) {
      expect(row['law']).toBeNull()
      expect(row['gain']).toBeGreaterThan(0)
    }
  })

  it('names series by what tells them apart', () => {
    const names = (name: (trial: Trial) => Trial['case']): readonly unknown[] => {
      const trials = both().flatMap((trial) => [trial, other(trial)])
      const tables = analyse(
        trials.map((trial) => ({ ...trial, case: name(trial), caseId: JSON.stringify(name(trial)) })),
      )
      return [...new Set(recordsOf(tableNamed(tables, 'dynamic-batching')).map((row) => row['series']))]
    }
    // Another server, with the same two settings.
    const other = (trial: Trial): Trial => ({
      ...trial,
      id: `${trial.id}-other`,
      plan: {
        ...trial.plan,
        server: { ...(trial.plan.server as ReturnType<typeof serverPlan>), kind: 'other' },
      },
    })
    const kindOf = (trial: Trial): string => trial.plan.server?.kind ?? ''
    expect(names((trial) => ({ server: kindOf(trial), ...trial.case }))).toEqual([
      'server=onnx',
      'server=other',
    ])
  })

  it('is not there without an opponent', () => {
    expect(analyse(both().filter(({ case: at }) => at['batching'] === true))).toEqual([])
    expect(analyse([])).toEqual([])
    const elsewhere = both().map((trial) =>
      trial.case['batching'] === true
        ? { ...trial, plan: { ...trial.plan, server: { ...serverPlan(true), launch: { port: 2 } } } }
        : trial,
    )
    expect(analyse(elsewhere)).toEqual([])
  })
})

describe('the setting of a server', () => {
  const setting = (state: JsonObject): ReturnType<typeof batchingSetting> =>
    batchingSetting({ kind: 'k', package: 'p', launch: {}, state })

  it.each([
    ['ONNX Runtime, on', { models: [{ maxBatchSize: 8, batching: { maxQueueDelay: 5 } }] }, true],
    ['ONNX Runtime, off', { models: [{ maxBatchSize: 8, batching: null }] }, false],
    ['Triton, on', { instances: 1, dynamicBatching: {} }, true],
    ['Triton, off', { instances: 1, dynamicBatching: false, maxBatchSize: 8 }, false],
    ['TorchServe, on', { models: { m: { batchSize: 4, maxBatchDelay: 9 } } }, true],
    ['TorchServe, off', { models: { m: { batchSize: 1 } } }, false],
    ['nothing', { instances: 4 }, false],
  ] as const)('is read by the names it has: %s', (_, state, isOn) => {
    expect(setting(state as unknown as JsonObject).isOn).toBe(isOn)
  })

  it('is equal but for what concerns batches', () => {
    const one = setting({ instances: 1, models: [{ name: 'm', batching: null }] })
    const other = setting({ instances: 1, models: [{ name: 'm', batching: { size: 4 }, maxBatchSize: 4 }] })
    expect(one.server).toEqual(other.server)
    expect(one.members).not.toEqual(other.members)
    expect(setting({ instances: 2, models: [{ name: 'm', batching: null }] }).server).not.toEqual(one.server)
    const artifact = { artifact: { batch: 4 } }
    expect(setting({ models: [artifact] }).server).toMatchObject({ state: { models: [artifact] } })
  })
})

describe('what the server’s batches take', () => {
  it('is the line through its own counts', () => {
    const tables = analyseServerBatches(analysedResult(both()))
    expect(faultsOf(tables)).toEqual([])
    const rows = recordsOf(tableNamed(tables, 'server-batch-line'))
    expect(rows.map((row) => row['value'] as number).map((value) => Number(value.toPrecision(9)))).toEqual([
      4, 1, 1000, 4, 16,
    ])
    // Those with batching and those without are two settings; the latter executed one size only.
    const [plot] = tableNamed(tables, 'server-batch-plots').plots ?? []
    expect(plot?.layers.every(({ group }) => group === undefined)).toBe(true)
  })

  it('is not there where counts are missing or damaged', () => {
    expect(analyseServerBatches(analysedResult(both({ counts: false })))).toEqual([])
    for (const counters of [
      { m: null },
      { m: { batches: 'x' } },
      { m: { batches: [{}, { size: 1 }, null] } },
    ]) {
      const trials = both().map((trial) => ({
        ...trial,
        server: { ...(trial.server as ServerReport), counters: counters as unknown as JsonObject },
      }))
      expect(analyseServerBatches(analysedResult(trials))).toEqual([])
    }
  })
})
