import type { TargetMetadata } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createGenerator, createSpecial, drawLengths, isSpecial, readGenerator } from './generator.ts'
import { readLength } from './length.ts'
import { OptionReader } from './option-reader.ts'
import { fillGrain, paintCanvas, toPixels } from './picture.ts'
import { batchShape, placeTensor } from './place-tensor.ts'
import { SPECIAL_VALUES } from './values.ts'
import type { VideoOptions } from './video.ts'

const NOISE = 0.1
const DATATYPES = ['FP32', 'FP16', 'BF16', 'UINT8'] as const

export function videoSource(options: VideoOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('video', options)
  const lengths = readLength(reader, 'frames', Number.NaN)
  const [height, width] = reader.area('size', 0)
  const given = reader.whole('batch', 1)
  const channels = reader.whole('channels', 3, { least: 1, most: 4 })
  const layout = reader.choice('layout', ['NCTHW', 'NTCHW', 'NTHWC'], 'NCTHW')
  const noise = reader.number('noise', NOISE, { least: 0, most: 1 })
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'empty-batch'], { batch: given })
  reader.done()
  const { values } = generator
  const place = placeTensor({ name, datatype, datatypes: DATATYPES, kind: 'video' }, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const shapeOf = (frames: number): readonly number[] =>
    batchShape(
      place,
      batch,
      layout === 'NCTHW'
        ? [channels, frames, height, width]
        : layout === 'NTCHW'
          ? [frames, channels, height, width]
          : [frames, height, width, channels],
    )
  if (isSpecial(values))
    return createSpecial(reader, generator, values, [{ ...place, shape: shapeOf(lengths.most) }])
  const area = height * width
  const smooth = Math.sqrt(1 - noise * noise)
  return createGenerator(generator, (random) => {
    const frames = Math.max(...drawLengths(lengths, Math.max(1, batch), random))
    const data = new Float32Array(batch * frames * channels * area)
    const grain = new Float32Array(area * channels)
    for (let clip = 0; clip < batch; clip++) {
      const picture = paintCanvas(height, width, channels, 0, random).values
      const [down, right] = [random.int(5) - 2, random.int(5) - 2]
      for (let frame = 0; frame < frames; frame++) {
        if (noise > 0) fillGrain(grain, noise, random)
        for (let pixel = 0; pixel < area; pixel++) {
          // The picture's edges meet: what leaves it on one side comes back on the other.
          const y = wrap(Math.floor(pixel / width) + frame * down, height)
          const from = (y * width + wrap((pixel % width) + frame * right, width)) * channels
          for (let channel = 0; channel < channels; channel++) {
            const value =
              smooth * (picture[from + channel] as number) + (grain[pixel * channels + channel] as number)
            const place =
              layout === 'NCTHW'
                ? (channel * frames + frame) * area + pixel
                : layout === 'NTCHW'
                  ? (frame * channels + channel) * area + pixel
                  : (frame * area + pixel) * channels + channel
            data[clip * frames * channels * area + place] = value
          }
        }
      }
    }
    return {
      tensors: {
        [place.name]: {
          datatype: place.datatype,
          shape: shapeOf(frames),
          data: place.datatype === 'UINT8' ? toPixels({ values: data }) : data,
        },
      },
    }
  })
}

function wrap(index: number, size: number): number {
  return ((index % size) + size) % size
}
