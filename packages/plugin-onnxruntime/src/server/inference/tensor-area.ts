import { ensureArea } from './execution-ring.ts'

/**
 * Tensors in an area: a head of 64-bit floats, `{ rank, …sizes, offset, length }` for each tensor, then the tensors'
 * bytes, each at a multiple of 64. A tensor with rank −1 is absent.
 */
export interface AreaTensor {
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

const ALIGNMENT = 64

/** Lays tensors out in an area, then takes their bytes piece by piece. */
export class AreaWriter {
  readonly #area: SharedArrayBuffer
  #head: Float64Array
  #word = 0
  #end: number

  /** @param numbers ranks of all tensors together, and plain numbers with one more for each list */
  constructor(area: SharedArrayBuffer, tensors: number, numbers: number) {
    const headBytes = align(8 * (3 * tensors + numbers))
    ensureArea(area, headBytes)
    this.#area = area
    this.#head = new Float64Array(area, 0, headBytes / 8)
    this.#end = headBytes
  }

  /** Adds a tensor and returns where its bytes belong. */
  add(shape: readonly number[], length: number): Uint8Array {
    const offset = this.#end
    ensureArea(this.#area, offset + length)
    this.#head[this.#word++] = shape.length
    for (const size of shape) this.#head[this.#word++] = size
    this.#head[this.#word++] = offset
    this.#head[this.#word++] = length
    this.#end = align(offset + length)
    return new Uint8Array(this.#area, offset, length)
  }

  addAbsent(): void {
    this.#head[this.#word++] = -1
  }

  /** Adds plain numbers; they take `1 + values.length` words of the head. */
  addNumbers(values: readonly number[]): void {
    this.#head[this.#word++] = values.length
    for (const value of values) this.#head[this.#word++] = value
  }
}

/** Reads what an {@link AreaWriter} wrote. The bytes are views of the area. */
export class AreaReader {
  readonly #area: SharedArrayBuffer
  readonly #head: Float64Array
  #word = 0

  constructor(area: SharedArrayBuffer) {
    this.#area = area
    this.#head = new Float64Array(area)
  }

  next(): AreaTensor | null {
    if ((this.#head[this.#word] as number) < 0) {
      this.#word += 1
      return null
    }
    const shape = this.nextNumbers()
    const offset = this.#head[this.#word++] as number
    const length = this.#head[this.#word++] as number
    return { shape, bytes: new Uint8Array(this.#area, offset, length) }
  }

  nextNumbers(): number[] {
    const values: number[] = []
    for (let left = this.#head[this.#word++] as number; left > 0; left--)
      values.push(this.#head[this.#word++] as number)
    return values
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
