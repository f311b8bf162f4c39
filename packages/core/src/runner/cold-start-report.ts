import type { FirstAnswers } from '../aide/first-answers.ts'
import type { ColdStartPlan } from '../dsl/cold-start.ts'
import type { ColdStartReport } from '../report/result.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { READY_POLL } from './ready-wait.ts'
import type { AcquiredServer } from './server-host.ts'

/** What a cold start was like, besides its requests. */
export interface ColdStartEvidence {
  readonly plan: ColdStartPlan
  /** `null` for a target that is reached by its URL alone. */
  readonly server: AcquiredServer | null
  /** A start without a model, where that was tried apart. */
  readonly system: number | null
  readonly answers: FirstAnswers
  /** On the clock of `performance.now()`: the origin of the trial's clock. */
  readonly origin: number
}

/** The parts of a cold start, from the launch (or the end of idling) to the first answer. */
export function reportColdStart({
  plan,
  server,
  system,
  answers,
  origin,
}: ColdStartEvidence): ColdStartReport {
  const { first, failedBefore, from, warm } = answers
  const requests = {
    firstAnswer: first,
    failedBefore,
    warm: medianOf(warm),
    warmCount: warm.length,
  }
  if (plan.idle !== null || server === null) {
    return {
      kind: 'idle',
      idle: plan.idle,
      resolution: 0,
      system: null,
      live: null,
      modelLoad: null,
      modelLoadBy: null,
      ready: null,
      pause: null,
      ...requests,
      total: first,
      model: null,
    }
  }
  const { startup, loadsBy = 'server' } = server.server
  const told = loadsOf(startup)
  const ready = startup['ready'] ?? null
  return {
    kind: 'launch',
    idle: null,
    resolution: READY_POLL,
    system: system ?? startup['system'] ?? null,
    live: startup['process'] ?? null,
    modelLoad: told ?? startup['modelLoad'] ?? null,
    modelLoadBy: told !== null ? loadsBy : startup['modelLoad'] === undefined ? null : 'probes',
    ready,
    pause: from === null ? null : Math.max(0, (origin - server.readyAt) * MILLISECOND + from),
    ...requests,
    // What this tool does between the two is no part of it.
    total: ready === null || first === null ? null : ready + first,
    model: server.files,
  }
}

/** The longest of the loads that are known by model: several models may be loaded side by side. */
function loadsOf(startup: Readonly<Record<string, number>>): Nanos | null {
  const loads = Object.entries(startup).flatMap(([name, nanos]) =>
    name.startsWith('modelLoad.') ? [nanos] : [],
  )
  return loads.length === 0 ? null : Math.max(...loads)
}

function medianOf(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
