import { elementCount, type Tensor, type TensorMetadata } from '../../plugin.ts'
import type { OptionReader } from '../inputs/option-reader.ts'
import { placeTensor, type Place } from '../inputs/place-tensor.ts'
import type { DecodeOptions } from './dataset.ts'
import { messageOf } from './message-of.ts'
import { datasetError, RowError } from './row-reader.ts'

const PACKAGE = 'sharp'
/** Of ImageNet, as nearly all pre-trained models want it. */
const MEAN = [0.485, 0.456, 0.406]
const STD = [0.229, 0.224, 0.225]
const CHANNELS = 3
/** Pixels of an image: more are refused, however small the file is. */
const MOST_PIXELS = 268_402_689

/** Turns files into tensors of one image, without a batch dimension. */
export interface ImageDecoder {
  readonly place: Place
  /** @throws {RowError} when the file is no image */
  decode(file: Uint8Array): Promise<Tensor>
}

/** @throws {ServebenchError} when `sharp` is missing */
export async function createDecoder(
  options: DecodeOptions,
  reader: OptionReader,
  metadata: { readonly inputs: readonly TensorMetadata[] } | null,
): Promise<ImageDecoder> {
  const { size, fit = 'cover', layout = 'NCHW', datatype, mean = MEAN, std = STD, name } = options
  const [height, width] = typeof size === 'number' ? [size, size] : size
  const place = placeTensor(
    { name, datatype, datatypes: ['FP32', 'FP16', 'BF16', 'UINT8'], kind: reader.kind },
    metadata === null ? null : { inputs: metadata.inputs, outputs: [], maxBatchSize: null },
  )
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw datasetError(
      `Images are decoded by the package '${PACKAGE}', which is not installed.`,
      `Run npm install --save-dev ${PACKAGE}, or send the files as they are, without 'decode'.`,
      cause,
    )
  })
  const channelsLast = layout === 'NHWC'
  const shape = channelsLast ? [height, width, CHANNELS] : [CHANNELS, height, width]
  const area = height * width
  return {
    place,
    async decode(file) {
      const pixels = await sharp(file, { limitInputPixels: MOST_PIXELS })
        .rotate()
        .toColourspace('srgb')
        .flatten()
        .resize(width, height, { fit })
        .raw()
        .toBuffer()
        .catch((cause: unknown) => {
          throw new RowError(`is no image: ${messageOf(cause)}`)
        })
      if (pixels.length !== area * CHANNELS)
        throw new RowError(`has ${pixels.length / area} channels instead of ${CHANNELS}`)
      const isPixels = place.datatype === 'UINT8'
      const count = elementCount(shape)
      const data = isPixels ? new Uint8Array(count) : new Float32Array(count)
      for (let at = 0; at < count; at++) {
        const channel = at % CHANNELS
        const to = channelsLast ? at : channel * area + Math.floor(at / CHANNELS)
        const value = pixels[at] as number
        data[to] = isPixels ? value : (value / 255 - (mean[channel] as number)) / (std[channel] as number)
      }
      return { datatype: place.datatype, shape, data }
    },
  }
}
