import type { InputSpec } from '../../plugin.ts'
import type { JsonObject } from '../../plugin.ts'
import type { ByteSize } from '../../plugin.ts'

export interface BytesOptions {
  readonly size: ByteSize
  /** MIME type, where the protocol has one. */
  readonly type?: string
  /** Different samples; 16 by default. */
  readonly distinct?: number
}

/** Random bytes: they do not compress. */
export function bytes(options: BytesOptions): InputSpec {
  return { input: 'bytes', package: 'servebench', options: options as unknown as JsonObject }
}
