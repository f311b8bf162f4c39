import type { SampleSource } from '../../session.ts'
import { parseBytes } from '../../plugin.ts'
import type { BytesOptions } from './bytes.ts'

const DISTINCT = 16

export function bytesSource({ size, type, distinct = DISTINCT }: BytesOptions): SampleSource {
  const length = parseBytes(size)
  return {
    distinct,
    sample: (_, random) => ({
      bytes: Uint8Array.from({ length }, () => random.int(256)),
      ...(type === undefined ? {} : { type }),
    }),
  }
}
