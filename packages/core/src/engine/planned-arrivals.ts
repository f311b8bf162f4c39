import type { LoadPlan } from '../arrival/load-plan.ts'
import type { OpenTrace } from '../arrival/process.ts'
import type { SeedPath } from '../stats/seed.ts'
import type { Nanos } from '../units/nanos.ts'
import { createLoadWalk } from './create-load-walk.ts'

export interface PlannedArrivalsSource {
  readonly load: LoadPlan
  readonly seed: Omit<SeedPath, 'purpose'>
  /** When the measurement starts, from the start of the load: what comes before is warm-up and left out. */
  readonly measureFrom: Nanos
  readonly duration: Nanos
  /** For loads that replay files; it must not fall behind. */
  readonly openTrace?: OpenTrace
}

/**
 * When the units of a load will be due in its measurement, from the measurement's start: exactly what workers of a trial
 * with this seed do, as long as nothing changes the load on the way. Closed stages have no arrivals of their own.
 */
export function* plannedArrivals(source: PlannedArrivalsSource): Generator<Nanos> {
  const { measureFrom } = source
  const end = measureFrom + source.duration
  const walk = createLoadWalk({ ...source, worker: 0, workers: 1 })
  walk.resolve(measureFrom)
  do {
    for (let due = walk.peek(); due < end; due = walk.peek()) {
      walk.take()
      if (due >= measureFrom) yield due - measureFrom
    }
  } while (walk.stageEnd < end && walk.nextStage(walk.stageEnd))
}
