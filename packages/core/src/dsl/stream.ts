import type { Slo } from '../slo/slo.ts'
import type { ExchangeOptions } from './exchange.ts'
import type { GeneratedInput, InputSpec } from './input.ts'
import type { LoadSpec } from './loads/definitions.ts'
import type { Sample } from './sample.ts'
import type { StaticOptions } from './static.ts'
import type { AnyTarget, RequestOf, ResponseOf } from './target.ts'
import type { Weight } from './weight.ts'

/** One of several kinds of traffic in a scenario. */
export interface StreamOptions<Target extends AnyTarget> {
  readonly target: Target
  /** What is known about its model without running it. */
  readonly static?: StaticOptions
  readonly input?:
    | InputSpec
    | GeneratedInput<Sample | RequestOf<NoInfer<Target>>>
    | Sample
    | RequestOf<NoInfer<Target>>
  /** Its own load; or `weight`. */
  readonly load?: LoadSpec
  /**
   * Its part of the scenario's load, relative to the weights of the other streams; or `load`. Arrivals of an open load are
   * dealt out at random, users of a closed one are divided.
   */
  readonly weight?: Weight
  readonly exchange?: ExchangeOptions
  readonly slo?: Slo
  readonly check?: (response: ResponseOf<NoInfer<Target>>) => boolean | Promise<boolean>
  readonly expect?: ExpectOptions
}

/** Checked for every answer on the load thread: how many bytes its payload has, or the payload's CRC-32. */
export interface ExpectOptions {
  /** Exactly so many, or not outside of limits. */
  readonly bytes?: number | { readonly min?: number; readonly max?: number }
  readonly crc32?: number
}

/** A stream of a scenario, see `streams`. */
export interface StreamSpec {
  readonly stream: StreamOptions<never>
}

/** Describes one stream; the function is there for its types. */
export function stream<Target extends AnyTarget>(options: StreamOptions<Target>): StreamSpec {
  return { stream: options as unknown as StreamOptions<never> }
}
