import { createHash } from 'node:crypto'
import { Random, type SeedWords } from 'servebench/plugin'
import { countElements, type DrawnValues, type Weight } from './graph.ts'

const TWO_32 = 4_294_967_296
const BLOCK = 32_768

/**
 * The elements of a weight as numbers, block by block; a block is only valid until the next one is asked for. Equal
 * model seed and name give equal elements on every machine, whatever else the model contains.
 */
export function* generateWeight(weight: Weight, seed: number): Generator<Float32Array> {
  const total = countElements(weight.shape)
  const { values } = weight
  const scratch = SCRATCHES.pop() ?? { block: new Float32Array(BLOCK), words: new Uint32Array(BLOCK) }
  const fill = 'at' in values ? computing(values.at) : drawing(values, weight.name, seed, scratch.words)
  try {
    for (let start = 0; start < total; start += BLOCK) {
      const part = scratch.block.subarray(0, Math.min(BLOCK, total - start))
      fill(part, start)
      yield part
    }
  } finally {
    SCRATCHES.push(scratch)
  }
}

interface Scratch {
  readonly block: Float32Array
  readonly words: Uint32Array
}

/** Those that nobody uses now: a large model has thousands of weights, one after the other. */
const SCRATCHES: Scratch[] = []

/** All elements at once: for weights that are known to be small. */
export function readWeight(weight: Weight, seed: number): Float32Array {
  const elements = new Float32Array(countElements(weight.shape))
  let position = 0
  for (const block of generateWeight(weight, seed)) {
    elements.set(block, position)
    position += block.length
  }
  return elements
}

type Fill = (block: Float32Array, start: number) => void

function computing(at: (index: number) => number): Fill {
  return (block, start) => {
    for (let index = 0; index < block.length; index++) block[index] = at(start + index)
  }
}

function drawing(values: DrawnValues, name: string, seed: number, words: Uint32Array): Fill {
  const { low, high, pruned = 0, step } = values
  const random = new Random(seedOf(values.as ?? name, seed))
  const factor = (high - low) / TWO_32
  const draw: Fill = (block) => {
    random.draw(block.length === words.length ? words : words.subarray(0, block.length))
    for (let index = 0; index < block.length; index++) block[index] = low + factor * (words[index] as number)
  }
  const { threshold, gain } = pruningOf(high, pruned)
  const scale = step === undefined ? gain : gain / step
  if (pruned > 0) {
    return (block) => {
      draw(block, 0)
      for (let index = 0; index < block.length; index++) {
        const value = block[index] as number
        block[index] = value < threshold && value > -threshold ? 0 : value * scale
      }
    }
  }
  if (step === undefined) return draw
  return (block) => {
    draw(block, 0)
    for (let index = 0; index < block.length; index++) block[index] = (block[index] as number) * scale
  }
}

/** Of values that are uniform between ±limit: which are cut off, and by how much the others grow to keep the variance. */
export function pruningOf(
  limit: number,
  pruned: number,
): { readonly threshold: number; readonly gain: number } {
  return { threshold: limit * pruned, gain: 1 / Math.sqrt(1 - pruned * pruned * pruned) }
}

function seedOf(name: string, seed: number): SeedWords {
  const digest = createHash('sha256')
    .update(JSON.stringify(['servebench-models/1', seed, name]))
    .digest()
  return [digest.readUInt32BE(0), digest.readUInt32BE(4), digest.readUInt32BE(8), digest.readUInt32BE(12)]
}
