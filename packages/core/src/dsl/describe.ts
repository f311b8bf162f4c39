import type { Slo } from '../slo/slo.ts'
import type { ExchangeOptions } from './exchange.ts'
import type { InputSpec } from './input.ts'
import type { LoadSpec } from './loads/definitions.ts'
import type { Case, Matrix } from './matrix.ts'
import type { Option } from './option.ts'
import { callerOf } from './place.ts'
import { addSuite } from './registry.ts'
import type { SamplerSpec } from './sampler.ts'
import type { CaseSettings } from './scenario.ts'
import type { ServerSpec } from './server.ts'
import type { StaticOptions } from './static.ts'
import type { ExpectOptions } from './stream.ts'
import type { AnyTarget } from './target.ts'

/**
 * Options for every scenario inside a `describe`. A scenario's own options come last: plain values and specs replace,
 * objects of settings merge member by member, tags add up.
 */
export interface DescribeOptions extends CaseSettings {
  readonly server?: Option<ServerSpec>
  readonly target?: Option<AnyTarget>
  readonly static?: Option<StaticOptions>
  readonly input?: Option<InputSpec>
  readonly load?: Option<LoadSpec>
  readonly exchange?: Option<ExchangeOptions>
  readonly check?: (response: unknown, at: Case<Matrix>) => boolean | Promise<boolean>
  readonly expect?: Option<ExpectOptions>
  readonly slo?: Option<Slo>
  readonly samplers?: Option<readonly SamplerSpec[]>
  readonly repeats?: Option<number>
  readonly tags?: readonly string[]
  readonly only?: boolean
  /** `true`, or why. */
  readonly skip?: Option<boolean | string>
}

type Body = () => void

/**
 * Groups scenarios under a name and gives them common options. The body runs at once and only collects: nothing is
 * connected to, built or started.
 */
export function describe(name: string, body: Body): void
export function describe(name: string, options: DescribeOptions, body: Body): void
export function describe(name: string, first: DescribeOptions | Body, second?: Body): void {
  const place = callerOf(describe)
  if (typeof first === 'function') addSuite(name, {}, first, place)
  else addSuite(name, first, second, place)
}
