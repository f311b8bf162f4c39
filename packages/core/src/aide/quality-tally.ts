import type { Label } from '../dsl/labelled.ts'
import type { QualityPlan } from '../plan/study/quality-plan.ts'
import type { QualityReport } from '../report/result.ts'
import { bootstrapItems } from '../stats/comparison/bootstrap.ts'
import type { Elements } from '../stats/comparison/elements.ts'
import { wilsonInterval } from '../stats/interval/wilson.ts'
import {
  isAmongBest,
  macroF1,
  predictedClass,
  squaredError,
  type Predicted,
} from '../stats/score/answer-score.ts'
import { createRandom } from '../stats/seed.ts'
import type { SampledOutput } from './sampled-output.ts'

const TOP = 5
const LEVEL = 0.95

/** Scores answers item by item, and says what they come to. */
export class QualityTally {
  readonly #plan: QualityPlan
  readonly #labels: readonly Label[] | null
  readonly #classes: ReadonlyMap<string, number>
  /** Of each item: right or not, or how well. */
  readonly #values: number[] = []
  /** Of `f1`. */
  readonly #predicted: Predicted[] = []
  readonly #truth: Predicted[] = []
  #taken = 0

  /** @param labels `null`: samples bring theirs */
  constructor(plan: QualityPlan, labels: readonly Label[] | null) {
    this.#plan = plan
    this.#labels = labels
    this.#classes = new Map((plan.classes ?? []).map((name, index) => [name, index]))
  }

  /** Items, or answers that a function has scored. */
  get count(): number {
    return this.#values.length
  }

  get isOutOfLabels(): boolean {
    return this.#labels !== null && this.#taken >= this.#labels.length
  }

  /** The label of a request as a whole: of the first of its items. */
  take(items: number, own: string | null): Label | undefined {
    if (this.#labels === null) return own ?? undefined
    const label = this.#labels[this.#taken]
    this.#taken += items
    return label
  }

  /** @throws {TypeError} where the answer and its labels do not fit together */
  add({ elements, shape }: SampledOutput, items: number, own: string | null): void {
    if (elements.length % items !== 0)
      throw new TypeError(`the output of shape [${shape.join(', ')}] cannot be split into ${items} items.`)
    if (this.#labels === null && own === null)
      throw new TypeError('it has no label: give `labels`, or an input with a `label`.')
    if (this.#labels === null && items > 1)
      throw new TypeError(`one label cannot stand for ${items} items: give \`labels\`, or use a batch of 1.`)
    const width = elements.length / items
    for (let item = 0; item < items; item++) {
      const label = this.#labels === null ? (own as Label) : this.#labels[this.#taken + item]
      // A last batch that is fuller than there are labels.
      if (label === undefined) break
      this.#addRow(elements.slice(item * width, (item + 1) * width), label)
    }
    this.#taken += items
  }

  /** @throws {TypeError} for what is no number */
  addScore(score: unknown): void {
    const value = typeof score === 'boolean' ? Number(score) : score
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new TypeError(`\`metric\` returned ${String(score)}, which is no number.`)
    this.#values.push(value)
  }

  result(): Pick<QualityReport, 'value' | 'interval' | 'samples'> {
    const count = this.#values.length
    if (this.#plan.metric === 'f1') {
      const statistic = (chosen: ArrayLike<number> | null): number =>
        macroF1(this.#predicted, this.#truth, chosen)
      const value = statistic(null)
      // Where all are right no resample is otherwise, and yet the next answer may be wrong.
      const right = this.#values.reduce((sum, one) => sum + one, 0)
      const interval = right === count ? wilsonInterval(count, count, LEVEL) : this.#bootstrap(statistic)
      return { value, interval, samples: count }
    }
    const sum = this.#values.reduce((total, value) => total + value, 0)
    const isShare = this.#values.every((value) => value === 0 || value === 1) && this.#plan.metric !== 'mse'
    const meanOf = (chosen: Int32Array): number => {
      let total = 0
      for (let index = 0; index < chosen.length; index++)
        total += this.#values[chosen[index] as number] as number
      return total / chosen.length
    }
    return {
      value: sum / count,
      interval: isShare ? wilsonInterval(sum, count, LEVEL) : this.#bootstrap(meanOf),
      samples: count,
    }
  }

  #bootstrap(statistic: (chosen: Int32Array) => number): readonly [number, number] | null {
    // The same numbers give the same interval in every run.
    const random = createRandom({ seed: '', path: [], repeat: 0, stream: '', purpose: 'quality' })
    return bootstrapItems(this.#values.length, statistic, { random, level: LEVEL })
  }

  #addRow(row: Elements, label: Label): void {
    switch (this.#plan.metric) {
      case 'mse': {
        const expected =
          typeof label === 'string' ? [Number(label)] : typeof label === 'number' ? [label] : label
        const error = squaredError(row, expected)
        if (error === null)
          throw new TypeError(`${row.length} values cannot be compared with the label ${shown(label)}.`)
        this.#values.push(error)
        break
      }
      case 'top5':
        this.#values.push(Number(isAmongBest(row, this.#classIndex(label), TOP)))
        break
      default: {
        const predicted = predictedClass(row)
        const expected = typeof predicted === 'string' ? String(label) : this.#classIndex(label)
        this.#values.push(Number(predicted === expected))
        this.#predicted.push(predicted)
        this.#truth.push(expected)
      }
    }
  }

  #classIndex(label: Label): number {
    const known = typeof label === 'string' ? this.#classes.get(label) : undefined
    if (known !== undefined) return known
    const index = typeof label === 'object' || label === '' ? Number.NaN : Number(label)
    if (Number.isInteger(index)) return index
    throw new TypeError(
      typeof label === 'string' && this.#classes.size === 0
        ? `the label ${shown(label)} is no number of a class: give the names in \`classes\`, in their order.`
        : `the label ${shown(label)} is none of the classes.`,
    )
  }
}

function shown(label: Label): string {
  const text = JSON.stringify(label)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
