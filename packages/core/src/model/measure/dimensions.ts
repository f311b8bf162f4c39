import type { Dimension, Graph } from '../graph.ts'
import type { Shape } from '../operators/tensor.ts'

/** Sizes that are chosen at run time. */
export interface ChosenSizes {
  /** Inferences in one execution. */
  readonly batch: number
  /** By the name of a size, or `INPUT.AXIS` for one without a name. */
  readonly named: Readonly<Record<string, number>>
}

const BATCH = /^(n|b|bs|bsz|.*batch.*)$/i

/** Decides what each open size of a model is, and remembers what had to be assumed. */
export class SizeBook {
  /** Sizes with a name and where they came from. */
  readonly used: Map<string, number> = new Map()
  /** Open sizes that nobody chose: taken as 1. */
  readonly assumed: Set<string> = new Set()
  /** Names that were chosen and that no input has. */
  readonly unknown: ReadonlySet<string>
  /** Whether the batch could be chosen at all. */
  hasBatch = false
  readonly #batchSize: number
  readonly #named: ReadonlyMap<string, number>
  readonly #namesBatch: boolean

  constructor(graph: Graph, chosen: ChosenSizes) {
    this.#batchSize = chosen.batch
    this.#named = new Map(Object.entries(chosen.named))
    const dimensions = graph.inputs.flatMap(({ shape }) => shape ?? [])
    this.#namesBatch = dimensions.some((size) => typeof size === 'string' && BATCH.test(size))
    const places = graph.inputs.flatMap(({ name, shape }) => shape?.map((_, axis) => `${name}.${axis}`) ?? [])
    const names = dimensions.flatMap((size) => (typeof size === 'string' ? wordsOf(size) : []))
    const known = new Set([...places, ...names, ...dimensions.map(String)])
    this.unknown = new Set(Object.keys(chosen.named).filter((name) => !known.has(name)))
  }

  /** The sizes of an input. */
  inputShape(name: string, shape: readonly Dimension[]): Shape {
    return shape.map((size, axis) => {
      const given = this.#named.get(`${name}.${axis}`)
      if (given !== undefined) return given
      if (typeof size === 'number') return size
      if (typeof size === 'string') return this.#sizeOf(size, axis)
      if (axis === 0 && !this.#namesBatch) {
        this.hasBatch = true
        return this.#batchSize
      }
      this.assumed.add(`${name}.${axis}`)
      return 1
    })
  }

  /** What the file says of a size in between; NaN where that is nothing. */
  hint(size: Dimension): number {
    if (typeof size === 'number') return size
    return size === null ? Number.NaN : (this.used.get(size) ?? this.#evaluate(size) ?? Number.NaN)
  }

  #sizeOf(name: string, axis: number): number {
    const known = this.used.get(name)
    if (known !== undefined) return known
    const size = this.#named.get(name) ?? this.#batch(name, axis) ?? this.#evaluate(name)
    if (size === undefined) this.assumed.add(name)
    this.used.set(name, size ?? 1)
    return size ?? 1
  }

  #batch(name: string, axis: number): number | undefined {
    const isBatch = this.#namesBatch ? BATCH.test(name) && wordsOf(name).length < 2 : axis === 0
    if (!isBatch) return undefined
    this.hasBatch = true
    return this.#batchSize
  }

  /** Sums and products of names and numbers, such as `past_sequence_length + 1`. */
  #evaluate(text: string): number | undefined {
    if (!/[-+*]/.test(text)) return undefined
    let total = 0
    for (const [, sign, term] of text.replaceAll(' ', '').matchAll(/([-+]?)([^-+]+)/g)) {
      let product = 1
      for (const factor of (term as string).split('*')) {
        const value = /^\d+$/.test(factor)
          ? Number(factor)
          : (this.#named.get(factor) ?? this.used.get(factor))
        if (value === undefined) return undefined
        product *= value
      }
      total += sign === '-' ? -product : product
    }
    return total
  }
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[-+*\s]+/).filter((word) => word !== '' && !/^\d+$/.test(word))
}
