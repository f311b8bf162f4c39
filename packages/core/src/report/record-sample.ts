import type { RecordBlock } from './record-block.ts'

/** Thinning goes in steps of 16: a run of ten times the budget still keeps every 16th unit of its later part. */
const STEP = 16
const COARSEST = STEP * STEP * STEP

/**
 * Decides which units of arrival are kept, by hashing their numbers: all requests of a unit stay together, and the
 * choice is the same for any number of workers. A sample of 1 in n contains the sample of 1 in 16 n.
 */
export class RecordSample {
  readonly #seed: number
  readonly #budget: number
  #oneIn: number

  /**
   * @param seed any 32 bits
   * @param oneIn 1 keeps everything for as long as the budget lasts
   * @param budget bytes that the file may take
   */
  constructor(seed: number, oneIn: number, budget: number) {
    this.#seed = seed
    this.#oneIn = oneIn
    this.#budget = budget
  }

  /** Requests that each kept row stands for. */
  get oneIn(): number {
    return this.#oneIn
  }

  /**
   * Thins out as the budget is used up: half of it is for everything, a quarter for 1 in 16, and so on.
   * @returns false when nothing more fits
   */
  admits(bytes: number): boolean {
    if (bytes >= this.#budget) return false
    let left = this.#budget / 2
    let oneIn = 1
    while (bytes > this.#budget - left && oneIn < COARSEST) {
      left /= 2
      oneIn *= STEP
    }
    if (oneIn > this.#oneIn) this.#oneIn = oneIn
    return true
  }

  /** Writes the kept rows' positions into `kept` and returns how many there are. */
  select(block: RecordBlock, rows: number, kept: Uint32Array): number {
    const limit = 0x1_0000_0000 / this.#oneIn
    let count = 0
    for (let row = 0; row < rows; row++) {
      if (mix((block.unit[row] as number) ^ this.#seed ^ ((block.stream[row] as number) << 24)) < limit) {
        kept[count] = row
        count += 1
      }
    }
    return count
  }
}

/** The finaliser of MurmurHash3: every bit of the number decides about every bit of the result. */
function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
