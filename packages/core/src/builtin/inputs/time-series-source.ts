import type { Random, TargetMetadata } from '../../plugin.ts'
import { fillNormals } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createGenerator, createSpecial, drawLengths, isSpecial, readGenerator } from './generator.ts'
import { readLength } from './length.ts'
import { OptionReader } from './option-reader.ts'
import { batchShape, placeTensor } from './place-tensor.ts'
import type { TimeSeriesOptions } from './time-series.ts'
import { FLOATS, SPECIAL_VALUES } from './values.ts'

const PERIOD = 24
/** Of the variance; the season has the rest. */
const NOISE = 0.2

export function timeSeriesSource(options: TimeSeriesOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('timeSeries', options)
  const lengths = readLength(reader, 'steps', Number.NaN)
  const features = reader.whole('features', 1)
  const given = reader.whole('batch', 1)
  const kind = reader.choice('kind', ['seasonal', 'walk', 'noise'], 'seasonal')
  const period = reader.number('period', PERIOD, { least: 2 })
  const featuresFirst = reader.choice('layout', ['NTF', 'NFT'], 'NTF') === 'NFT'
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'empty-batch'], { batch: given })
  reader.done()
  const { values } = generator
  const place = placeTensor({ name, datatype, datatypes: FLOATS, kind: 'timeSeries' }, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const shapeOf = (steps: number): readonly number[] =>
    batchShape(place, batch, featuresFirst ? [features, steps] : [steps, features])
  if (isSpecial(values))
    return createSpecial(reader, generator, values, [{ ...place, shape: shapeOf(lengths.most) }])
  const draw = { noise: drawNoise, walk: drawWalk, seasonal: drawSeason }[kind]
  return createGenerator(generator, (random) => {
    const steps = Math.max(...drawLengths(lengths, Math.max(1, batch), random))
    const data = new Float32Array(batch * steps * features)
    for (let series = 0; series < batch * features; series++) {
      const [row, feature] = [Math.floor(series / features), series % features]
      const line = draw(steps, random, period)
      const from = row * steps * features
      if (featuresFirst) data.set(line, from + feature * steps)
      else
        for (let step = 0; step < steps; step++) data[from + step * features + feature] = line[step] as number
    }
    return {
      tensors: {
        [place.name]: {
          datatype: place.datatype,
          shape: shapeOf(steps),
          data: place.datatype === 'FP64' ? Float64Array.from(data) : data,
        },
      },
    }
  })
}

function drawNoise(steps: number, random: Random): Float32Array {
  return fillNormals(new Float32Array(steps), random)
}

function drawWalk(steps: number, random: Random): Float32Array {
  const line = drawNoise(steps, random)
  const scale = 1 / Math.sqrt(steps)
  for (let step = 0, sum = 0; step < steps; step++) {
    sum += (line[step] as number) * scale
    line[step] = sum
  }
  return line
}

function drawSeason(steps: number, random: Random, period: number): Float32Array {
  const line = drawNoise(steps, random)
  const phase = random.next() * 2 * Math.PI
  const [noise, season] = [Math.sqrt(NOISE), Math.sqrt(2 * (1 - NOISE))]
  for (let step = 0; step < steps; step++) {
    const angle = (2 * Math.PI * step) / period + phase
    line[step] = (line[step] as number) * noise + season * Math.cos(angle)
  }
  return line
}
