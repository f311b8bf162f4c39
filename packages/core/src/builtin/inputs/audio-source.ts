import type { Random, TargetMetadata, Tensor } from '../../plugin.ts'
import { fillNormals } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import type { AudioOptions } from './audio.ts'
import { LogMel } from './formats/log-mel.ts'
import { encodeWav } from './formats/wav.ts'
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
import { SPECIAL_VALUES } from './values.ts'

const RATE = 16_000
const MELS = 80
const NOISE = 0.1
/** Of the loudest instant. */
const LOUDNESS = 0.8
const LOUDEST = 32_767
/** Of the voice: its lowest and highest tone in Hz, how fast it glides, and the shares of its overtones. */
const TONES = [90, 250] as const
const GLIDES = [0.2, 1.5] as const
const OVERTONES = [1, 0.5, 0.33, 0.25]
/** A table for the sine; interpolation makes it exact to 1e-5, below the steps of 16 bits. */
const TABLE = 2048
const SINES = Float64Array.from({ length: TABLE + 1 }, (_, index) => Math.sin((2 * Math.PI * index) / TABLE))

export function audioSource(options: AudioOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('audio', options)
  const rate = reader.whole('rate', RATE, { least: 1000, most: 384_000 })
  const lengths = readLength(reader, 'seconds', Number.NaN, { unit: rate })
  const format = reader.choice('format', ['pcm', 'log-mel', 'wav'], 'pcm')
  const mels = reader.whole('mels', MELS, { most: 256 })
  const given = reader.whole('batch', 1)
  const noise = reader.number('noise', NOISE, { least: 0, most: 1 })
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const lengthsName = reader.text('lengths')
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'silence', 'empty-batch'], { batch: given })
  const { values } = generator
  if (format === 'wav') {
    if (given > 1) reader.report('batch', 'must be 1 for files.')
    if (values !== 'random' && values !== 'silence')
      reader.report('values', `is '${values}', which a file cannot have; it can have 'silence'.`)
  }
  reader.done()
  const record = (samples: number, random: Random): Float32Array =>
    values === 'silence' ? new Float32Array(samples) : drawVoice(samples, rate, noise, random)
  if (format === 'wav') {
    const isConstant = values === 'silence' && lengths.least === lengths.most
    return createGenerator(isConstant ? { ...generator, distinct: 1 } : generator, (random) => ({
      bytes: encodeWav(record(lengths.draw(random), random), rate),
      type: 'audio/wav',
    }))
  }
  const place = placeTensor(
    {
      name,
      datatype,
      datatypes: format === 'pcm' ? ['FP32', 'FP16', 'BF16', 'INT16'] : ['FP32', 'FP16', 'BF16'],
      kind: 'audio',
    },
    without(metadata, lengthsName),
  )
  const counter =
    lengthsName === undefined
      ? null
      : placeTensor({ name: lengthsName, datatypes: ['INT64', 'INT32'], kind: 'audio' }, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const features = format === 'log-mel' ? new LogMel(rate, mels) : null
  const sizeOf = (samples: number): number => features?.frames(samples) ?? samples
  const shapeOf = (samples: number): readonly number[] =>
    batchShape(place, batch, features === null ? [samples] : [mels, sizeOf(samples)])
  if (isSpecial(values)) {
    if (counter === null)
      return createSpecial(reader, generator, values, [{ ...place, shape: shapeOf(lengths.most) }])
    reader.report('values', `is '${values}', which does not go together with 'lengths'.`)
    reader.done()
  }
  return createGenerator(generator, (random) => {
    const counts = drawLengths(lengths, batch, random)
    const longest = Math.max(...counts, batch === 0 ? lengths.most : 0)
    const size = features === null ? longest : mels * sizeOf(longest)
    const data = new Float32Array(batch * size)
    for (const [row, count] of counts.entries()) {
      const voice = new Float32Array(longest)
      voice.set(record(count, random))
      data.set(features?.transform(voice) ?? voice, row * size)
    }
    const tensors: Record<string, Tensor> = {
      [place.name]: {
        datatype: place.datatype,
        shape: shapeOf(longest),
        data:
          place.datatype === 'INT16' ? Int16Array.from(data, (value) => Math.round(value * LOUDEST)) : data,
      },
    }
    if (counter !== null)
      tensors[counter.name] = integers(counter.datatype, [batch], Int32Array.from(counts, sizeOf))
    return { tensors }
  })
}

/** A tone that glides up and down, with overtones, and noise; between −1 and 1. */
function drawVoice(samples: number, rate: number, noise: number, random: Random): Float32Array {
  const voice = fillNormals(new Float32Array(samples), random)
  const between = ([low, high]: readonly [number, number]): number => low + random.next() * (high - low)
  const tone = between(TONES)
  const glide = between(GLIDES)
  const loudest = OVERTONES.reduce((sum, share) => sum + share, 0)
  const tonal = ((1 - noise) * LOUDNESS) / loudest
  // Beyond three standard deviations noise is cut off.
  const grain = (noise * LOUDNESS) / 3
  let phase = random.next()
  for (let index = 0; index < samples; index++) {
    phase += (tone * (1 + 0.2 * sine((glide * index) / rate))) / rate
    let value = 0
    for (let overtone = 0; overtone < OVERTONES.length; overtone++)
      value += (OVERTONES[overtone] as number) * sine(phase * (overtone + 1))
    const hiss = Math.max(-3, Math.min(3, voice[index] as number))
    voice[index] = value * tonal + hiss * grain
  }
  return voice
}

/** Of so many turns. */
function sine(turns: number): number {
  const at = (turns - Math.floor(turns)) * TABLE
  const below = Math.floor(at)
  const from = SINES[below] as number
  return from + (at - below) * ((SINES[below + 1] as number) - from)
}
