import { ServebenchError, type TargetMetadata } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import type { ImageOptions } from './image.ts'
import { normals } from './random-data.ts'

const DISTINCT = 16

export function imageSource(options: ImageOptions, metadata: TargetMetadata | null): SampleSource {
  const { size, batch = 1, channels = 3, layout = 'NCHW', datatype = 'FP32' } = options
  const [height, width] = typeof size === 'number' ? [size, size] : size
  const name = options.name ?? onlyInput(metadata)
  const shape = layout === 'NCHW' ? [batch, channels, height, width] : [batch, height, width, channels]
  const count = batch * channels * height * width
  return {
    distinct: options.distinct ?? DISTINCT,
    sample: (_, random) => ({
      items: batch,
      tensors: {
        [name]: {
          datatype,
          shape,
          data:
            datatype === 'FP32'
              ? normals(count, random)
              : Uint8Array.from({ length: count }, () => random.int(256)),
        },
      },
    }),
  }
}

function onlyInput(metadata: TargetMetadata | null): string {
  const [first, ...others] = metadata?.inputs ?? []
  if (first !== undefined && others.length === 0) return first.name
  const what =
    first === undefined
      ? 'The target does not describe its inputs'
      : `The model has several inputs (${metadata?.inputs.map((input) => input.name).join(', ')})`
  throw new ServebenchError('SERVEBENCH_INPUT', `${what}: it is not clear which one takes the image.`, {
    advice: "Name it: image({ size: 224, name: 'INPUT' }).",
  })
}
