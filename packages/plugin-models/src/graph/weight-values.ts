import { createHash } from 'node:crypto'
import { Random, type SeedWords } from 'servebench/plugin'
import { countElements, type Weight } from './graph.ts'

const TWO_32 = 4_294_967_296
const BLOCK = 262_144

/**
 * The elements of a weight, block by block; a block is only valid until the next one is asked for. Equal model seed
 * and name give equal elements on every machine, whatever else the model contains.
 */
export function* generateWeight(weight: Weight, seed: number): Generator<Float32Array> {
  const total = countElements(weight.shape)
  const block = new Float32Array(Math.min(BLOCK, total))
  const random = new Random(seedOf(weight.name, seed))
  const step = (weight.high - weight.low) / TWO_32
  for (let start = 0; start < total; start += block.length) {
    const length = Math.min(block.length, total - start)
    for (let index = 0; index < length; index++) block[index] = weight.low + step * random.word()
    yield length === block.length ? block : block.subarray(0, length)
  }
}

function seedOf(name: string, seed: number): SeedWords {
  const digest = createHash('sha256')
    .update(JSON.stringify(['servebench-models/1', seed, name]))
    .digest()
  return [digest.readUInt32BE(0), digest.readUInt32BE(4), digest.readUInt32BE(8), digest.readUInt32BE(12)]
}
