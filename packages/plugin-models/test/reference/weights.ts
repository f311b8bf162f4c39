import { buildGraph } from '../../src/build-graph.ts'
import { readWeight } from '../../src/graph/weight-values.ts'
import type { ModelPlan } from '../../src/onnx-model.ts'
import type { Matrix } from './matrix.ts'

/** The weights of a model by their names, as rows. All that a reference takes from the model: its formula is its own. */
export class Weights {
  readonly #plan: ModelPlan
  readonly #weights: ReturnType<typeof buildGraph>['weights']

  constructor(plan: ModelPlan) {
    this.#plan = plan
    this.#weights = buildGraph(plan).weights
  }

  row(name: string): readonly number[] {
    const weight = this.#weights.find((one) => one.name === name)
    if (weight === undefined) throw new Error(`There is no weight '${name}'.`)
    return [...readWeight(weight, this.#plan.seed)]
  }

  /** The last dimension is the row's. */
  matrix(name: string): Matrix {
    const width = this.#weights.find((one) => one.name === name)?.shape.at(-1) as number
    const all = this.row(name)
    return Array.from({ length: all.length / width }, (_, index) =>
      all.slice(index * width, (index + 1) * width),
    )
  }
}
