/** Four 32-bit words, for example the first 128 bits of a digest. */
export type SeedWords = readonly [number, number, number, number]

const MIXING_ROUNDS = 20
const TWO_26 = 67_108_864
const TWO_53 = 9_007_199_254_740_992

/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey's Small Fast Counter, 128 bits of state, period at least 2^32,
 * passes PractRand and BigCrush). Equal seeds give equal numbers on every machine.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter: number

  constructor(seed: SeedWords) {
    this.#a = seed[0] | 0
    this.#b = seed[1] | 0
    this.#c = seed[2] | 0
    this.#counter = seed[3] | 0
    for (let round = 0; round < MIXING_ROUNDS; round++) this.word()
  }

  /** A uniform integer in [0, 2^32). */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** The next integers in a row: as many times {@link word}, and several times as fast. */
  draw(words: Uint32Array): void {
    let a = this.#a
    let b = this.#b
    let c = this.#c
    let counter = this.#counter
    for (let index = 0; index < words.length; index++) {
      const sum = (((a + b) | 0) + counter) | 0
      counter = (counter + 1) | 0
      a = b ^ (b >>> 9)
      b = (c + (c << 3)) | 0
      c = (((c << 21) | (c >>> 11)) + sum) | 0
      words[index] = sum
    }
    this.#a = a
    this.#b = b
    this.#c = c
    this.#counter = counter
  }

  /** A uniform number in [0, 1) with 53 random bits (two words). */
  next(): number {
    const high = this.word() >>> 5
    const low = this.word() >>> 6
    return (high * TWO_26 + low) / TWO_53
  }

  /** Another generator, seeded by the next four words of this one. */
  split(): Random {
    return new Random([this.word(), this.word(), this.word(), this.word()])
  }

  /** One that gives the same numbers from here on. */
  copy(): Random {
    const copy = new Random([0, 0, 0, 0])
    copy.#a = this.#a
    copy.#b = this.#b
    copy.#c = this.#c
    copy.#counter = this.#counter
    return copy
  }

  /** A uniform integer in [0, bound), for bounds up to 2^32 (bias below 2^-21). */
  int(bound: number): number {
    return Math.floor(this.next() * bound)
  }
}
