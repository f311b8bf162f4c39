import { join } from 'node:path'
import { readRecords } from 'servebench/plugin'
import type { ModelStatistics, RunResult, Trial } from 'servebench/plugin'
import { expect } from 'vitest'
import type { Project } from './project.ts'

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

/** What is added up in another order. */
const EXACT = 1e-6

interface Edges {
  /** What can hang over both edges at most, as a share of all: everything that was in flight, for the longest time of any. */
  readonly share: number
  /** An upper bound of what the server can have counted between its two readings, ns: time at the client. */
  readonly atMost: number
}

/**
 * Little's law of the client, exactly: the integral of what was in flight is the time of the requests of the measurement,
 * with what reaches into it of those that were due before, and without what reaches out of it. Mean in flight and
 * throughput × mean time differ by just that, however the machine behaves: by 15 % where a request was dispatched before
 * the measurement and a server that shares two cores stood still over its beginning.
 */
export async function expectLittlesLaw(trial: Trial, project: Project): Promise<Edges> {
  const { from, until } = trial.phases.measurement
  const length = until - from
  const inFlight = (trial.inFlight.mean ?? 0) * length
  const path = trial.records?.path
  if (path === undefined) throw new Error('There are no records.')
  const records = await readRecords(join(project.results, path))
  const [intended, dispatched, sent, completion] = ['intended', 'dispatched', 'sent', 'completion'].map(
    (name) => records.numbers(name),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array]
  let [head, tail, own, population, completions, atMost, longest] = [0, 0, 0, 0, 0, 0, 0]
  const before: { readonly end: number; readonly time: number }[] = []
  for (let row = 0; row < records.rows; row++) {
    const [due, start, end] = [intended[row], dispatched[row], completion[row]] as [number, number, number]
    const time = end - (sent[row] as number)
    if (end >= from && end < until) completions += 1
    if (end < from) before.push({ end, time })
    else {
      atMost += time
      longest = Math.max(longest, end - start)
    }
    if (due < from) head += Math.max(0, Math.min(end, until) - Math.max(start, from))
    else if (due < until) {
      population += 1
      own += end - start
      tail += Math.max(0, end - Math.max(until, start))
    }
  }
  expect(Math.abs(own + head - tail - inFlight) / inFlight, "Little's law of the client").toBeLessThan(EXACT)
  // The same from what the result says.
  expect(trial.counts.due).toBe(population)
  const mean = (trial.responseTime.mean ?? 0) - (trial.dispatchLag.mean ?? 0)
  const expected = ((trial.throughput ?? 0) * length * mean) / 1e9
  expect(
    Math.abs((expected * population) / completions - own) / own,
    'throughput × mean time of the client',
  ).toBeLessThan(EXACT)
  // The server may count an answer when the client has it already.
  const late = before.toSorted((a, b) => b.end - a.end).slice(0, trial.inFlight.max ?? 0)
  return {
    share: (2 * (trial.inFlight.max ?? 0) * longest) / inFlight,
    atMost: late.reduce((sum, { time }) => sum + time, atMost),
  }
}

/**
 * What has to hold of a trial without failures, whatever the machine does meanwhile:
 *
 * - Little's law for the client;
 * - Little's law for the server: by its own counters, no more time than that of the requests at the client;
 * - client = network + server, with a network that takes time, and server = the sum of its stages ± 1 % of the client's;
 * - server and client count the same requests, apart from those at the edges of the measurement.
 */
export async function expectLaws(trial: Trial, project: Project, { stages }: LawOptions): Promise<void> {
  const { atMost } = await expectLittlesLaw(trial, project)
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
  expect(nanos, "Little's law of the server").toBeLessThanOrEqual(atMost)
}
