import type { StopRulePlan } from '../plan/trial-plan.ts'
import type { Certificate } from '../report/result.ts'
import { fewestToEstimate, withinNeeded } from '../stats/certify/early-stopping.ts'
import { LOOK_GROWTH, lookConfidence } from '../stats/certify/look-confidence.ts'
import type { Nanos } from '../units/nanos.ts'
import { certify } from './certificate.ts'

/** The first look at the width of an interval. */
const FIRST: number = 200

export interface StopCondition {
  readonly rule: StopRulePlan
  /** The measurement lasts at least this long. */
  readonly minimum: Nanos
}

/**
 * Asks a stop rule as a trial goes on: at numbers of requests that grow by a fifth each time, so that all looks together
 * cost a few times the last one. Looks before the shortest measurement is over inform, but cannot end it: they do not
 * count against the confidence.
 */
export class StopWatch {
  readonly #condition: StopCondition
  #next: number
  #looks = 0
  #decided = false

  constructor(condition: StopCondition) {
    this.#condition = condition
    this.#next = firstLook(condition.rule)
  }

  /** Whether it is time to look, at this size of the population. */
  isDue(count: number): boolean {
    return !this.#decided && count >= this.#next
  }

  /** @param elapsed since the measurement began */
  look(samples: Float64Array, elapsed: Nanos): Certificate {
    const certificate = certify(this.#condition.rule, samples, this.#looks)
    this.#next = Math.ceil(samples.length * LOOK_GROWTH)
    if (elapsed < this.#condition.minimum) return { ...certificate, verdict: 'undecided' }
    this.#looks += 1
    this.#decided = certificate.verdict !== 'undecided'
    return certificate
  }

  /** At the end of the trial: another look, unless one has ended it; then all of its requests at that look's level. */
  finish(samples: Float64Array): Certificate {
    return certify(this.#condition.rule, samples, this.#decided ? this.#looks - 1 : this.#looks)
  }
}

/** Before this many requests no verdict is possible. */
function firstLook(rule: StopRulePlan): number {
  if (rule.rule === 'precise') return FIRST
  const confidence = lookConfidence(rule.confidence, 0)
  const fewest =
    rule.limit === null
      ? fewestToEstimate(rule.percentile, confidence)
      : withinNeeded(rule.percentile, 0, confidence)
  return Math.max(fewest, rule.requests ?? 0)
}
