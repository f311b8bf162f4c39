import type { Random, TargetMetadata, Tensor } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import {
  createGenerator,
  createSpecial,
  drawLengths,
  integers,
  isSpecial,
  readGenerator,
} from './generator.ts'
import { readLength } from './length.ts'
import { OptionReader } from './option-reader.ts'
import { batchShape, placeTensor, without } from './place-tensor.ts'
import type { PointCloudOptions } from './point-cloud.ts'
import { FLOATS, SPECIAL_VALUES } from './values.ts'

const COORDINATES = 3
const BOXES = 4

export function pointCloudSource(options: PointCloudOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('pointCloud', options)
  const lengths = readLength(reader, 'points', Number.NaN)
  const features = reader.whole('features', COORDINATES)
  const given = reader.whole('batch', 1)
  const featuresFirst = reader.choice('layout', ['NPF', 'NFP'], 'NPF') === 'NFP'
  const kind = reader.choice('kind', ['surface', 'uniform'], 'surface')
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const lengthsName = reader.text('lengths')
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'empty-batch', 'single-point', 'max-length'], {
    batch: given,
  })
  reader.done()
  const { values } = generator
  const place = placeTensor(
    { name, datatype, datatypes: FLOATS, kind: 'pointCloud' },
    without(metadata, lengthsName),
  )
  const counter =
    lengthsName === undefined
      ? null
      : placeTensor({ name: lengthsName, datatypes: ['INT64', 'INT32'], kind: 'pointCloud' }, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const shapeOf = (points: number): readonly number[] =>
    batchShape(place, batch, featuresFirst ? [features, points] : [points, features])
  if (isSpecial(values) && counter === null)
    return createSpecial(reader, generator, values, [{ ...place, shape: shapeOf(lengths.most) }])
  if (isSpecial(values)) {
    reader.report('values', `is '${values}', which does not go together with 'lengths'.`)
    reader.done()
  }
  const drawPoint = kind === 'surface' ? surfacePoint : uniformPoint
  return createGenerator(generator, (random) => {
    const counts =
      values === 'single-point'
        ? Array.from({ length: batch }, () => 1)
        : values === 'max-length'
          ? Array.from({ length: batch }, () => lengths.most)
          : drawLengths(lengths, batch, random)
    const most = Math.max(...counts, batch === 0 ? lengths.most : 0)
    const data = new Float32Array(batch * most * features)
    const point = new Float32Array(features)
    for (const [cloud, count] of counts.entries()) {
      const boxes = Array.from({ length: BOXES }, () => drawBox(random))
      for (let index = 0; index < count; index++) {
        drawPoint(point, boxes, random)
        for (let feature = 0; feature < features; feature++) {
          const at = featuresFirst ? feature * most + index : index * features + feature
          data[cloud * most * features + at] = point[feature] as number
        }
      }
    }
    const tensors: Record<string, Tensor> = {
      [place.name]: {
        datatype: place.datatype,
        shape: shapeOf(most),
        data: place.datatype === 'FP64' ? Float64Array.from(data) : data,
      },
    }
    if (counter !== null) tensors[counter.name] = integers(counter.datatype, [batch], Int32Array.from(counts))
    return { tensors }
  })
}

interface Box {
  readonly centre: readonly number[]
  readonly half: readonly number[]
}

/** Inside of the cube from −1 to 1. */
function drawBox(random: Random): Box {
  const half = Array.from({ length: COORDINATES }, () => 0.05 + random.next() * 0.4)
  return { centre: half.map((size) => (1 - size) * (2 * random.next() - 1)), half }
}

function uniformPoint(point: Float32Array, _: readonly Box[], random: Random): void {
  for (let feature = 0; feature < point.length; feature++) point[feature] = 2 * random.next() - 1
}

function surfacePoint(point: Float32Array, boxes: readonly Box[], random: Random): void {
  uniformPoint(point, boxes, random)
  const { centre, half } = boxes[random.int(boxes.length)] as Box
  const axis = random.int(COORDINATES)
  for (let feature = 0; feature < Math.min(COORDINATES, point.length); feature++) {
    const value = point[feature] as number
    const onFace = feature === axis ? (value < 0 ? -1 : 1) : value
    point[feature] = (centre[feature] as number) + onFace * (half[feature] as number)
  }
}
