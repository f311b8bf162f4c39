import { createRandom } from '../stats/seed.ts'
import type { Random } from '../dsl/random.ts'
import { canonicalJson, type JsonObject } from '../units/json.ts'
import type { CasePlan } from './case-plan.ts'
import { trialId } from './identity.ts'
import { profileTrial } from './profile-trial.ts'
import type { ServerPlan, TrialPlan } from './trial-plan.ts'

export interface OrderOptions {
  /** The run's seed. */
  readonly seed: string
  /** `random`: a seeded shuffle in each round of repeats; `as-written`: cases as they are written. */
  readonly order: 'random' | 'as-written'
  /**
   * `within-server`: all trials that need one server process follow each other, so that it starts once.
   * `across-servers`: one repeat of everything, then the next: slower, but a drift of the machine hits all alike.
   */
  readonly interleave: 'within-server' | 'across-servers'
}

/**
 * The trials of some cases in the order in which they run: blocks of cases that share a server process, and inside a
 * block one repeat of every case after the other, each round in an order of its own.
 */
export function orderTrials(cases: readonly CasePlan[], options: OrderOptions): readonly TrialPlan[] {
  const running = cases.filter(({ skip, search }) => skip === null && search === undefined)
  const blocks = [...Map.groupBy(running, (planned) => processKey(planned.trial.server)).values()]
  if (options.interleave === 'within-server') {
    return blocks.flatMap((block, index) => [
      ...range(mostRepeats(block)).flatMap((repeat) => round(block, repeat, options, `block ${index}`)),
      // Behind all that is measured.
      ...profiles(block, options),
    ])
  }
  const rounds = range(mostRepeats(running)).flatMap((repeat) =>
    permute(blocks, repeat, options, 'blocks').flatMap((block, index) =>
      round(block, repeat, options, `block ${index}`),
    ),
  )
  return [...rounds, ...blocks.flatMap((block) => profiles(block, options))]
}

/** Equal for servers that are one process; cases without a server of their own share a key too. */
export function processKey(server: ServerPlan | null): string {
  if (server === null) return ''
  const { kind, launch, replicas, limits, container } = server
  return canonicalJson({
    kind,
    package: server.package,
    launch,
    ...(replicas === undefined ? {} : { replicas: replicas.count }),
    ...(limits === undefined ? {} : { limits: { ...limits } }),
    ...(container === undefined ? {} : { container: container as unknown as JsonObject }),
  })
}

function profiles(block: readonly CasePlan[], { seed }: OrderOptions): readonly TrialPlan[] {
  return block.flatMap((planned) => profileTrial(planned, seed) ?? [])
}

function mostRepeats(cases: readonly CasePlan[]): number {
  return cases.reduce((most, planned) => Math.max(most, planned.repeats), 0)
}

function round(
  block: readonly CasePlan[],
  repeat: number,
  options: OrderOptions,
  purpose: string,
): readonly TrialPlan[] {
  const due = block.filter((planned) => repeat < planned.repeats)
  return permute(due, repeat, options, purpose).map((planned) => repeatOf(planned, repeat, options.seed))
}

/** One trial of a case; repeats count from 0. */
export function repeatOf({ trial }: CasePlan, repeat: number, seed: string): TrialPlan {
  const { caseId, ...rest } = trial
  return { id: trialId(trial, repeat), caseId, ...rest, repeat, seed }
}

function permute<T>(
  items: readonly T[],
  repeat: number,
  { order, seed }: OrderOptions,
  purpose: string,
): readonly T[] {
  if (order === 'as-written') return items
  return shuffle(items, createRandom({ seed, path: [], repeat, stream: '', purpose: `order of ${purpose}` }))
}

/** Fisher–Yates. */
function shuffle<T>(items: readonly T[], random: Random): readonly T[] {
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.int(last + 1)
    const moved = shuffled[last] as T
    shuffled[last] = shuffled[other] as T
    shuffled[other] = moved
  }
  return shuffled
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index)
}
