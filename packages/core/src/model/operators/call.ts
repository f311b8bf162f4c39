import type { Attribute, Attributes, Constant } from '../graph.ts'
import { UNKNOWN, type Shape, type Tensor } from './tensor.ts'

/** What an operation does to tensors of known sizes. */
export interface Outcome {
  readonly outputs: readonly Tensor[]
  /** Multiply-accumulates of matrix products and convolutions; NaN where sizes are missing. */
  readonly macs?: number
  /** All other arithmetic, by the conventions of docs/model-metrics.md. */
  readonly flops?: number
  /** The work depends on the data; what is counted is the least. */
  readonly isLowerBound?: boolean
}

export type Operation = (call: Call) => Outcome

/** One operation with its inputs. */
export class Call {
  readonly operator: string
  /** Of the operator set. */
  readonly version: number
  /** Inputs that are left out at the end are missing; in between they are `null`. */
  readonly inputs: readonly (Tensor | null)[]
  readonly outputCount: number
  readonly attributes: Attributes

  constructor(
    operator: string,
    version: number,
    inputs: readonly (Tensor | null)[],
    outputCount: number,
    attributes: Attributes,
  ) {
    this.operator = operator
    this.version = version
    this.inputs = inputs
    this.outputCount = outputCount
    this.attributes = attributes
  }

  has(index: number): boolean {
    return this.inputs[index] !== null && this.inputs[index] !== undefined
  }

  input(index: number): Tensor {
    return this.inputs[index] ?? UNKNOWN
  }

  shape(index: number): Shape | null {
    return this.inputs[index]?.shape ?? null
  }

  /** Elements of a constant or computed input. */
  values(index: number): readonly number[] | null {
    return this.inputs[index]?.values ?? null
  }

  number(name: string, fallback: number): number {
    const attribute = this.attributes.get(name)
    return attribute?.kind === 'number' ? attribute.value : fallback
  }

  text(name: string, fallback: string): string {
    const attribute = this.attributes.get(name)
    return attribute?.kind === 'text' ? attribute.value : fallback
  }

  numbers(name: string): readonly number[] | null {
    const attribute = this.attributes.get(name)
    return attribute?.kind === 'numbers' ? attribute.value : null
  }

  constant(name: string): Constant | null {
    const attribute = this.attributes.get(name)
    return attribute?.kind === 'constant' ? attribute.value : null
  }

  attribute(name: string): Attribute | undefined {
    return this.attributes.get(name)
  }

  /** What was an attribute in earlier versions of an operator and is an input in later ones; `null`: neither is there. */
  numbersOrInput(name: string, index: number): readonly number[] | null {
    return this.numbers(name) ?? (this.has(index) ? this.values(index) : null)
  }
}
