import type { ModuleReference } from '../hooks/module-reference.ts'
import type { Nanos } from '../units/nanos.ts'
import type { SamplerDescription } from './describe-sampler.ts'

/** What a sampler's thread is started with. */
export interface SamplerData {
  readonly reference: ModuleReference
  readonly root: string
  /** What paths of its files begin with; `null`: none are kept. */
  readonly files: string | null
  /** One double: since when a read goes on, in ms since 1970; 0 when none does. */
  readonly since: SharedArrayBuffer
}

export type ToSampler =
  | { readonly type: 'start'; /** Of the trial's clock. */ readonly origin: bigint }
  /** A last read, then the end. */
  | { readonly type: 'stop' }

export type FromSampler =
  | { readonly type: 'ready'; readonly description: SamplerDescription }
  | { readonly type: 'reading'; readonly at: Nanos; readonly took: Nanos; readonly values: Float64Array }
  | { readonly type: 'warning'; readonly message: string }
  /** It is going to write a file. */
  | { readonly type: 'file'; readonly path: string }
  /** Nothing more follows. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'stopped'; readonly missed: number }

/** The clock of `since`: the same in all threads, to within what a limit of seconds needs. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now()
}
