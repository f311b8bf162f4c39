import type { StudyPlan } from '../../dsl/study-plan.ts'
import { bestLoad, evidenceOf, meritOf, type LoadEvidence } from '../../report/study/point-evidence.ts'
import type { StudyMeasurement } from '../../report/study/study-result.ts'
import { NORMAL_975, scoreDeviation } from '../../report/study/study-metric.ts'
import type { Observation } from './search-strategy.ts'

/** What a study knows by now: its measurements, by point, and what they say of it. */
export class StudyFindings {
  readonly #plan: StudyPlan
  readonly #measurements: StudyMeasurement[] = []
  /** Indices of `#measurements`, by point. */
  readonly #byPoint = new Map<number, number[]>()
  /** What {@link best} has found, until there is more. */
  readonly #best = new Map<number, LoadEvidence | null>()

  constructor(plan: StudyPlan) {
    this.#plan = plan
  }

  add(point: number, measurement: StudyMeasurement): void {
    const own = this.#byPoint.get(point)
    if (own === undefined) this.#byPoint.set(point, [this.#measurements.length])
    else own.push(this.#measurements.length)
    this.#measurements.push(measurement)
    this.#best.delete(point)
  }

  /** Points with a measurement, in the order of their first ones. */
  get points(): Iterable<number> {
    return this.#byPoint.keys()
  }

  /** Whether anything answered at all. */
  get areUsable(): boolean {
    return this.#measurements.some(hasAnswers)
  }

  /** Points that keep the constraints, the best first. */
  ranked(): readonly number[] {
    return this.promising().filter((point) => (this.best(point)?.violation ?? 1) <= 0)
  }

  /** The same, and then those that miss the constraints, the nearest first. */
  promising(): readonly number[] {
    return [...this.#byPoint.keys()]
      .map((point) => ({ point, evidence: this.best(point), fully: this.knowsFully(point) }))
      .filter(({ evidence, fully }) => fully && evidence?.score != null)
      .toSorted(
        (one, other) => meritOf(other.evidence as LoadEvidence) - meritOf(one.evidence as LoadEvidence),
      )
      .map(({ point }) => point)
  }

  observe(point: number): Observation {
    const best = this.best(point)
    if (best === null || best.score === null) return { score: null, violation: 1 }
    const newest = this.#measurements[best.measurements.at(-1) ?? 0] as StudyMeasurement
    const deviation = scoreDeviation(this.#plan.objectives, newest)
    const half = NORMAL_975 * (deviation ?? 0)
    return {
      score: best.score,
      violation: best.violation,
      ...(deviation === null ? {} : { interval: [best.score - half, best.score + half] as const }),
    }
  }

  best(point: number): LoadEvidence | null {
    const known = this.#best.get(point)
    if (known !== undefined) return known
    const indices = this.#byPoint.get(point)
    if (indices === undefined) return null
    const best = bestLoad(evidenceOf(this.#plan.objectives, this.#measurements, indices))
    this.#best.set(point, best)
    return best
  }

  /** The newest measurement at the load that {@link best} names. */
  shown(point: number): StudyMeasurement | null {
    const index = this.best(point)?.measurements.at(-1)
    return index === undefined ? null : (this.#measurements[index] as StudyMeasurement)
  }

  of(point: number): readonly StudyMeasurement[] {
    return (this.#byPoint.get(point) ?? []).map((index) => this.#measurements[index] as StudyMeasurement)
  }

  newest(point: number): StudyMeasurement {
    return this.of(point).at(-1) as StudyMeasurement
  }

  knowsFully(point: number): boolean {
    return this.of(point).some(({ fidelity }) => fidelity === 1)
  }

  wasMeasured(point: number): boolean {
    return this.of(point).some(hasAnswers)
  }
}

function hasAnswers({ metrics }: StudyMeasurement): boolean {
  return (metrics['completed'] ?? 0) > 0
}
