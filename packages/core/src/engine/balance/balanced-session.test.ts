import { describe, expect, it } from 'vitest'
import { replicaMetrics } from '../../aide/replica-metrics.ts'
import type { LoadPlan } from '../../arrival/load-plan.ts'
import { RecordPhase } from '../../report/record-block.ts'
import type { ReplicaMetrics } from '../../report/result.ts'
import { SimulatedTarget, type SimulatedTargetOptions } from '../../testing/simulated-target.ts'
import { runVirtualTrial, type VirtualTrialOptions, type VirtualRow } from '../../testing/virtual-trial.ts'
import { MILLISECOND, SECOND } from '../../units/nanos.ts'
import { FailureKind, Outcome } from '../outcome.ts'
import { BalancedSession } from './balanced-session.ts'

const closed = (concurrency: number): LoadPlan => ({
  loop: 'closed',
  concurrency,
  requests: null,
  thinkTime: { kind: 'none' },
})
const constant = (rate: number): LoadPlan => ({
  loop: 'open',
  process: { kind: 'constant' },
  rate: [{ from: 0, until: null, rate, rateEnd: rate }],
})
const takes = (milliseconds: number): SimulatedTargetOptions => ({
  serviceTime: () => milliseconds * MILLISECOND,
})
const refuses: SimulatedTargetOptions = {
  serviceTime: () => 0.1 * MILLISECOND,
  failure: () => ({ kind: FailureKind.refused, code: 0 }),
}

function run(
  load: LoadPlan,
  policy: 'roundRobin' | 'leastInFlight',
  servers: readonly SimulatedTargetOptions[],
  options: Partial<VirtualTrialOptions> = {},
): {
  readonly replicas: readonly ReplicaMetrics[]
  readonly population: readonly VirtualRow[]
  readonly targets: readonly SimulatedTarget[]
} {
  const sessions: BalancedSession[] = []
  const targets: SimulatedTarget[] = []
  const { rows, measureFrom, measureUntil } = runVirtualTrial({
    load,
    duration: 9 * SECOND,
    session: (exchange, clock, worker) => {
      const session = new BalancedSession({
        exchange,
        clock,
        replicas: servers.length,
        policy,
        first: worker,
      })
      for (const server of servers) {
        const target = new SimulatedTarget(session.exchange, clock, server)
        targets.push(target)
        session.attach(target)
      }
      sessions.push(session)
      return session
    },
    ...options,
  })
  const { replicas = [] } = replicaMetrics(
    servers.map((_, index) => `r${index}`),
    sessions.map((session) => session.replicaTotals()),
    measureUntil - measureFrom,
    () => '',
  )
  return { replicas, population: rows.filter((row) => row.phase === RecordPhase.measurement), targets }
}

describe('requests to replicas', () => {
  it('are dealt in turn, and every one is counted once', () => {
    const { replicas, population } = run(constant(300), 'roundRobin', [takes(1), takes(2), takes(3)])
    expect(population.length).toBeGreaterThan(2000)
    expect(replicas.map(({ counts }) => counts.due)).toEqual(Array(3).fill(population.length / 3))
    expect(replicas.map(({ name }) => name)).toEqual(['r0', 'r1', 'r2'])
    for (const [index, { responseTime, counts, inFlight }] of replicas.entries()) {
      expect(counts.completed).toBe(counts.due)
      // Within the width of a bucket.
      expect((responseTime.p50 as number) / ((index + 1) * MILLISECOND)).toBeCloseTo(1, 2)
      // Little's law, 100/s each.
      expect(inFlight.mean).toBeCloseTo(0.1 * (index + 1), 2)
    }
  })

  it('go to the one with the fewest in flight: a server three times as fast gets three times as many', () => {
    // Two users, one at each server all the time.
    const { replicas } = run(closed(2), 'leastInFlight', [takes(1), takes(3)])
    const [fast, slow] = replicas.map(({ counts }) => counts.due)
    expect((fast as number) / (slow as number)).toBeCloseTo(3, 1)
    expect(replicas.map(({ inFlight }) => inFlight.max)).toEqual([1, 1])
    // In turn, users queue up at the slow one.
    const turns = run(closed(2), 'roundRobin', [takes(1), takes(3)]).replicas
    expect(Math.abs((turns[0]?.counts.due as number) - (turns[1]?.counts.due as number))).toBeLessThan(2)
    expect(turns[1]?.inFlight.max).toBe(2)
  })

  it('that fail are held against the replica that they went to', () => {
    const { replicas, population } = run(constant(100), 'roundRobin', [takes(1), refuses])
    const failed = population.filter(({ outcome }) => outcome === Outcome.failed).length
    expect(replicas[0]).toMatchObject({ counts: { failed: 0 }, failures: {} })
    expect(replicas[1]).toMatchObject({ counts: { completed: 0, failed }, failures: { refused: failed } })
    expect(failed).toBe(population.length / 2)
    expect(replicas[1]?.responseTime.count).toBe(0)
  })

  it('are drawn to a dead replica that fails fast, where the fewest in flight decide', () => {
    const { replicas } = run(closed(2), 'leastInFlight', [takes(10), refuses])
    expect((replicas[1]?.counts.failed as number) / (replicas[0]?.counts.due as number)).toBeGreaterThan(50)
  })

  it('that are given up leave their replica', () => {
    const { replicas } = run(constant(100), 'leastInFlight', [takes(1), takes(1000)], {
      timeout: 20 * MILLISECOND,
    })
    const [, slow] = replicas
    expect(slow?.counts.timedOut).toBe(slow?.counts.due)
    expect(slow?.counts.due).toBeGreaterThan(0)
    // 20 ms each, one at a time but for the one that comes as the other is given up.
    expect(slow?.inFlight.max).toBeLessThanOrEqual(2)
    expect(replicas.reduce((sum, { counts }) => sum + counts.due, 0)).toBe(900)
  })

  it('of one sequence go to one replica', () => {
    const { targets } = run(constant(20), 'roundRobin', [takes(1), takes(1), takes(1)], {
      unit: { kind: 'sequence', steps: 4, thinkTime: 0 },
    })
    const unitsOf = ({ calls }: SimulatedTarget): string[] =>
      calls.filter((call) => call.startsWith('open')).map((call) => call.split(' ')[1] as string)
    const units = targets.map(unitsOf)
    for (const list of units) expect(list.length).toBeGreaterThan(100)
    const each = units.flatMap((list) => [...new Set(list)])
    expect(new Set(each).size).toBe(each.length)
  })

  it('begin with different replicas in different workers, and are added up over them', () => {
    const { replicas, targets, population } = run(constant(100), 'roundRobin', [takes(1), takes(1)], {
      workers: 2,
    })
    expect(targets[0]?.opened).toBeGreaterThan(0)
    expect(replicas.reduce((sum, { counts }) => sum + counts.due, 0)).toBe(population.length)
  })
})
