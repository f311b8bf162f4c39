import type { ByteSize, InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions } from './values.ts'

export interface BytesOptions extends GeneratorOptions<'zeros' | 'ones' | 'alternating-bits' | 'empty'> {
  /** Of each sample, or evenly distributed between two sizes. */
  readonly size: ByteSize | readonly [least: ByteSize, most: ByteSize]
  /** Items in one sample, which is so many times as long. Default 1. */
  readonly batch?: number
  /** Share of zeros at the end, which compress to nearly nothing; 0 by default. */
  readonly compressible?: number
  /** MIME type, where the protocol has one. */
  readonly type?: string
}

/** Random bytes: they do not compress, unless `compressible` says so. */
export function bytes(options: BytesOptions): InputSpec {
  return inputSpec('bytes', options)
}
