import type { Datatype, Random, Sample, TargetMetadata } from '../../plugin.ts'
import { elementCount, fillNormals } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import type { DetectionOptions } from './detection.ts'
import { encodeJpeg } from './formats/jpeg.ts'
import { encodePng } from './formats/png.ts'
import { createGenerator, createSpecial, isSpecial, readGenerator } from './generator.ts'
import type { ImageOptions } from './image.ts'
import { drawIndex, readLength, type Lengths } from './length.ts'
import { OptionReader } from './option-reader.ts'
import { channelsFirst, drawRectangles, noisePixels, paintCanvas, toPixels, type Canvas } from './picture.ts'
import { batchShape, placeTensor, type Place } from './place-tensor.ts'
import { SPECIAL_VALUES } from './values.ts'

const DATATYPES = ['FP32', 'FP16', 'BF16', 'UINT8', 'INT8'] as const
const SPECIAL = [...SPECIAL_VALUES, 'empty-batch', 'huge'] as const
const HUGE = 4
const QUALITY = 90
const ENCODED_NOISE = 0.1
const DETECTION_SIZE = 640
const OBJECTS = 8

/** Width by height, and how frequent, in percent: roughly the shapes of COCO's photographs. */
const COCO_SHAPES = [
  ['4:3', 4 / 3, 58],
  ['3:4', 3 / 4, 19],
  ['3:2', 3 / 2, 14],
  ['2:3', 2 / 3, 5],
  ['1:1', 1, 3],
  ['16:9', 16 / 9, 1],
] as const

interface Picture {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly noise: number
  readonly objects: Lengths | null
}

export function imageSource(options: ImageOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('image', options)
  const area = reader.area('size', 0)
  return pictureSource(reader, area, { objects: null, coco: false }, metadata)
}

export function detectionSource(options: DetectionOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('detection', options)
  const area = reader.area('size', DETECTION_SIZE)
  const objects = readLength(reader, 'objects', OBJECTS, { least: 0 })
  const coco = reader.choice('aspect', ['fixed', 'coco'], 'fixed') === 'coco'
  return pictureSource(reader, area, { objects, coco }, metadata)
}

function pictureSource(
  reader: OptionReader,
  [givenHeight, givenWidth]: readonly [number, number],
  { objects, coco }: { readonly objects: Lengths | null; readonly coco: boolean },
  metadata: TargetMetadata | null,
): SampleSource {
  const given = reader.whole('batch', 1)
  const channels = reader.whole('channels', 3, { least: 1, most: 4 })
  const channelsLast = reader.choice('layout', ['NCHW', 'NHWC'], 'NCHW') === 'NHWC'
  const format = reader.choice('format', ['tensor', 'jpeg', 'png'], 'tensor')
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const quality = reader.whole('quality', QUALITY, { least: 1, most: 100 })
  const subsampling = reader.choice('subsampling', ['4:2:0', '4:4:4'], '4:2:0')
  const noise = reader.number('noise', format === 'tensor' && objects === null ? 1 : ENCODED_NOISE, {
    least: 0,
    most: 1,
  })
  const generator = readGenerator(reader, SPECIAL, { batch: given })
  const { values } = generator
  if (format === 'jpeg' && channels !== 1 && channels !== 3)
    reader.report('channels', 'must be 1 or 3 in JPEG.')
  if (channels === 2 && format !== 'tensor') reader.report('channels', 'must be 1, 3 or 4 in PNG.')
  if (coco && given > 1 && format === 'tensor')
    reader.report('batch', "must be 1 for tensors of different sizes (aspect: 'coco').")
  const hasPixels = values === 'random' || values === 'huge' || values === 'zeros' || values === 'max'
  if (format !== 'tensor' && !hasPixels)
    reader.report(
      'values',
      `is '${values}', which an encoded image cannot have; it can have 'zeros', 'max' and 'huge'.`,
    )
  reader.done()
  const scale = values === 'huge' ? HUGE : 1
  const whole: Picture = { height: givenHeight * scale, width: givenWidth * scale, channels, noise, objects }
  const shapeOf = (random: Random): { readonly picture: Picture; readonly label?: string } =>
    coco ? drawShape(whole, random) : { picture: whole }
  if (format !== 'tensor') {
    const encode = encoder(format, quality, subsampling)
    const flat = values === 'zeros' ? 0 : values === 'max' ? 255 : null
    const file = (picture: Picture, random: Random): Uint8Array =>
      encode(picture, flat === null ? pixelsOf(picture, random) : flatPixels(picture, flat))
    const made = flat === null || coco ? generator : { ...generator, distinct: 1 }
    if (given === 1) {
      return createGenerator(made, (random) => {
        const { picture, label } = shapeOf(random)
        return { bytes: file(picture, random), type: `image/${format}`, ...labelled(label) }
      })
    }
    const place = placeTensor({ name, datatypes: ['BYTES'], kind: reader.kind }, metadata)
    const shape = place.rank === 1 ? [given] : [given, 1]
    return createGenerator(made, (random) => ({
      tensors: {
        [place.name]: {
          datatype: 'BYTES',
          shape,
          data: Array.from({ length: given }, () => file(shapeOf(random).picture, random)),
        },
      },
    }))
  }
  const place = placeTensor({ name, datatype, datatypes: DATATYPES, kind: reader.kind }, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const shape = shapeTensor(place, batch, whole, channelsLast)
  if (isSpecial(values))
    return createSpecial(reader, generator, values, [{ name: place.name, datatype: place.datatype, shape }])
  return createGenerator(batch === 0 ? { ...generator, distinct: 1 } : generator, (random): Sample => {
    const { picture, label } = shapeOf(random)
    const data = tensorData(place.datatype, picture, batch, channelsLast, random)
    return {
      tensors: {
        [place.name]: {
          datatype: place.datatype,
          shape: coco ? shapeTensor(place, batch, picture, channelsLast) : shape,
          data,
        },
      },
      ...labelled(label),
    }
  })
}

function labelled(label: string | undefined): { readonly label?: string } {
  return label === undefined ? {} : { label }
}

function shapeTensor(
  place: Place,
  batch: number,
  { height, width, channels }: Picture,
  channelsLast: boolean,
): readonly number[] {
  return batchShape(place, batch, channelsLast ? [height, width, channels] : [channels, height, width])
}

function drawShape(whole: Picture, random: Random): { readonly picture: Picture; readonly label: string } {
  const index = drawIndex(
    COCO_SHAPES.map(([, , share]) => share),
    random,
  )
  const [label, ratio] = COCO_SHAPES[index] as (typeof COCO_SHAPES)[number]
  const longer = Math.max(whole.height, whole.width)
  const shorter = Math.max(1, Math.round(longer * Math.min(ratio, 1 / ratio)))
  return {
    picture: { ...whole, height: ratio >= 1 ? shorter : longer, width: ratio >= 1 ? longer : shorter },
    label,
  }
}

function paint({ height, width, channels, noise, objects }: Picture, random: Random): Canvas {
  const canvas = paintCanvas(height, width, channels, noise, random)
  if (objects !== null) drawRectangles(canvas, objects.draw(random), random)
  return canvas
}

function pixelsOf(picture: Picture, random: Random): Uint8Array {
  const { height, width, channels, noise, objects } = picture
  return noise === 1 && objects === null
    ? noisePixels(height * width * channels, random)
    : toPixels(paint(picture, random))
}

function flatPixels({ height, width, channels }: Picture, value: number): Uint8Array {
  return new Uint8Array(height * width * channels).fill(value)
}

function tensorData(
  datatype: Datatype,
  picture: Picture,
  batch: number,
  channelsLast: boolean,
  random: Random,
): Float32Array | Uint8Array | Int8Array {
  const { height, width, channels, noise, objects } = picture
  const size = elementCount([height, width, channels])
  const isPixels = datatype === 'UINT8' || datatype === 'INT8'
  const noiseAlone = noise === 1 && objects === null
  // Noise is the same in any layout.
  if (noiseAlone && !isPixels) return fillNormals(new Float32Array(batch * size), random)
  const data = isPixels ? new Uint8Array(batch * size) : new Float32Array(batch * size)
  for (let index = 0; index < batch; index++) {
    const from = isPixels ? pixelsOf(picture, random) : paint(picture, random).values
    const to = data.subarray(index * size, (index + 1) * size)
    if (channelsLast || noiseAlone) to.set(from)
    else channelsFirst<Float32Array | Uint8Array>(from, channels, to)
  }
  if (datatype !== 'INT8') return data
  for (let index = 0; index < data.length; index++) data[index]! ^= 0x80
  return new Int8Array(data.buffer)
}

function encoder(
  format: 'jpeg' | 'png',
  quality: number,
  subsampling: '4:2:0' | '4:4:4',
): (picture: Picture, pixels: Uint8Array) => Uint8Array {
  return ({ height, width, channels }, pixels) =>
    format === 'jpeg'
      ? encodeJpeg(pixels, { height, width, channels: channels as 1 | 3, quality, subsampling })
      : encodePng(pixels, { height, width, channels: channels as 1 | 3 | 4 })
}
