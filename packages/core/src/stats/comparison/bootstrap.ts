import type { Random } from '../prng.ts'

/**
 * One side of a comparison: for each repeat its value, and how blocks inside it (windows of time, in their order)
 * deviate: each block's value over the mean of all blocks of that repeat. Without blocks a repeat is taken as it is.
 */
export interface Repeat {
  readonly value: number
  readonly blocks: readonly number[]
}

export interface BootstrapOptions {
  readonly random: Random
  /** Default 2000; of items 1000. */
  readonly resamples?: number
  /** Default 0.95. */
  readonly level?: number
}

/**
 * An interval of a statistic of two means by the hierarchical bootstrap: repeats are drawn with replacement, then blocks
 * inside each drawn repeat, and the percentiles of the statistic over all resamples are the ends (Davison and Hinkley
 * 1997, §3.8; Kalibera and Jones 2013). With one repeat on a side only its blocks vary: the interval then speaks of that
 * run and of no other. With few repeats it is too narrow (of five, it covers 87 % instead of 95 %): a test should decide.
 * `null` when neither side has anything to draw from, or the statistic is not finite.
 */
export function bootstrapInterval(
  base: readonly Repeat[],
  other: readonly Repeat[],
  statistic: (base: number, other: number) => number,
  { random, resamples = 2000, level = 0.95 }: BootstrapOptions,
): readonly [low: number, high: number] | null {
  if (!varies(base) && !varies(other)) return null
  const drawn = new Float64Array(resamples)
  for (let index = 0; index < resamples; index++) {
    const value = statistic(resampledMean(base, random), resampledMean(other, random))
    if (!Number.isFinite(value)) return null
    drawn[index] = value
  }
  return percentiles(drawn, level)
}

/**
 * An interval of any statistic of independent items by the percentiles of its resamples.
 * @param statistic of a resample: the indices of its items, as many as there are, each as often as it was drawn
 */
export function bootstrapItems(
  count: number,
  statistic: (chosen: Int32Array) => number,
  { random, resamples = 1000, level = 0.95 }: BootstrapOptions,
): readonly [low: number, high: number] | null {
  if (count < 2) return null
  const drawn = new Float64Array(resamples)
  const chosen = new Int32Array(count)
  for (let index = 0; index < resamples; index++) {
    for (let item = 0; item < count; item++) chosen[item] = random.int(count)
    drawn[index] = statistic(chosen)
  }
  return percentiles(drawn, level)
}

function percentiles(drawn: Float64Array, level: number): readonly [low: number, high: number] {
  drawn.sort()
  const last = drawn.length - 1
  const low = Math.floor(((1 - level) / 2) * (drawn.length + 1)) - 1
  return [drawn[Math.max(low, 0)] as number, drawn[Math.min(last - low, last)] as number]
}

function varies(repeats: readonly Repeat[]): boolean {
  return repeats.length > 1 || (repeats[0]?.blocks.length ?? 0) > 1
}

function resampledMean(repeats: readonly Repeat[], random: Random): number {
  let sum = 0
  for (let index = 0; index < repeats.length; index++) {
    const { value, blocks } = repeats[repeats.length === 1 ? 0 : random.int(repeats.length)] as Repeat
    sum += blocks.length > 1 ? value * blockFactor(blocks, random) : value
  }
  return sum / repeats.length
}

function blockFactor(blocks: readonly number[], random: Random): number {
  let sum = 0
  for (let index = 0; index < blocks.length; index++) sum += blocks[random.int(blocks.length)] as number
  return sum / blocks.length
}
