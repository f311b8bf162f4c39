import type { ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { expect } from 'vitest'

/** A trial by the name of its scenario. */
export function trialOf(result: RunResult, name: string, index = 0): Trial {
  const trial = result.trials.filter(({ path }) => path.at(-1) === name)[index]
  if (trial === undefined) throw new Error(`There is no trial ${index} of ${name}.`)
  return trial
}

export interface LawOptions {
  /** Stages that make up the server's time of a request; none where the server tells only its whole. */
  readonly stages: readonly ('queue' | 'computeInput' | 'computeInfer' | 'computeOutput')[]
}

/** How far a generator may be off that shares two cores with its server: 8 % was seen while others used all of them. */
const LITTLE = 0.1

/**
 * Little's law of the client: its mean in flight, integrated over time, is throughput × time from dispatch to completion,
 * apart from that and from what hangs over the edges of the measurement: at each of them at most all requests that were
 * ever in flight at once, for the longest time that one took.
 * @returns what hangs over the edges, as a share of the mean in flight
 */
export function expectLittlesLaw(trial: Trial): number {
  const inFlight = trial.inFlight.mean ?? 0
  const edges =
    (2 * (trial.inFlight.max ?? 0) * (trial.responseTime.max ?? 0)) / 1e9 / secondsOf(trial) / inFlight
  const time = (trial.responseTime.mean ?? 0) - (trial.dispatchLag.mean ?? 0)
  const expected = ((trial.throughput ?? 0) * time) / 1e9
  expect(Math.abs(expected - inFlight) / inFlight, "Little's law of the client").toBeLessThan(LITTLE + edges)
  return edges
}

/**
 * What has to hold of a trial, whatever the machine does meanwhile:
 *
 * - Little's law for the client;
 * - Little's law for the server: no more was in it than was in flight, by its own counters;
 * - client = network + server, with a network that takes time, and server = the sum of its stages ± 1 % of the client's;
 * - server and client count the same requests, apart from those at the edges of the measurement.
 */
export function expectLaws(trial: Trial, { stages }: LawOptions): void {
  const edges = expectLittlesLaw(trial)
  const client = trial.serviceTime.mean ?? 0
  const means = trial.server?.stages ?? {}
  const total = means['total'] ?? 0
  expect(total, 'the time in the server').toBeGreaterThan(0)
  expect(client - total, 'the time of the network').toBeGreaterThan(0)
  if (stages.length > 0) {
    const sum = stages.reduce((before, stage) => before + (means[stage] ?? 0), 0)
    expect(Math.abs(sum - total) / client, 'network + stages = client').toBeLessThan(0.01)
  }

  const counters = (trial.server?.counters ?? {}) as unknown as Record<string, ModelStatistics>
  const models = Object.values(counters)
  const counted = models.reduce((before, { success }) => before + success.count, 0)
  const nanos = models.reduce((before, { success }) => before + success.ns, 0)
  const { completed } = trial.counts
  // Those that were completed while the counters were read, at both edges, may be counted on either side of them.
  expect(Math.abs(counted - completed), 'requests that only one side has counted').toBeLessThanOrEqual(
    Math.max(8, completed / 10),
  )
  const inServer = nanos / 1e9 / secondsOf(trial)
  expect(inServer / (trial.inFlight.mean ?? 0), "Little's law of the server").toBeLessThan(1 + LITTLE + edges)
}

function secondsOf({ phases: { measurement } }: Trial): number {
  return (measurement.until - measurement.from) / 1e9
}
