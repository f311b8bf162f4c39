import type { Sample } from '../../packages/core/src/plugin.ts'
import type { Encoded, TargetCodec } from '../../packages/core/src/engine/session.ts'

/** The elements of tensors as they are, as the binary protocols send them. */
export async function createCodec(): Promise<Pick<TargetCodec<Sample>, 'encode'>> {
  return {
    encode: (sample): Encoded => ({
      bytes: Object.values('tensors' in sample ? sample.tensors : {}).map(({ data }) => {
        const view = data as Float32Array
        return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
      }),
    }),
  }
}
