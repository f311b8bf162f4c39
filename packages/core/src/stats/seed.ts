import { Random, type SeedWords } from './prng.ts'
import { Sha256 } from './sha256.ts'

/**
 * What a stream of random numbers belongs to. Neither the case nor the worker is in it: cases of a scenario share
 * their random numbers, which makes their differences sharper, and the number of workers changes nothing.
 */
export interface SeedPath {
  /** The run's seed. */
  readonly seed: string
  /** Names from the outermost `describe` to the scenario. */
  readonly path: readonly string[]
  readonly repeat: number
  /** The stream, `main` unless the scenario has several. */
  readonly stream: string
  /** What the numbers are for: `arrivals`, `think-time`, `salt`, … */
  readonly purpose: string
}

/** The first 128 bits of SHA-256 over the canonical JSON of `["servebench/1", seed, path, repeat, stream, purpose]`. */
export function deriveSeed(source: SeedPath): SeedWords {
  const text = JSON.stringify([
    'servebench/1',
    source.seed,
    source.path,
    source.repeat,
    source.stream,
    source.purpose,
  ])
  const [a, b, c, d] = new Sha256().update(new TextEncoder().encode(text)).words() as unknown as SeedWords
  return [a, b, c, d]
}

/** Random numbers for one purpose of one stream of one trial. */
export function createRandom(source: SeedPath): Random {
  return new Random(deriveSeed(source))
}
