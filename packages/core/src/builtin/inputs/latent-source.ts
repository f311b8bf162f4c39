import type { Random, TargetMetadata, Tensor } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createGenerator, integers, isSpecial, normals, readGenerator, specialTensors } from './generator.ts'
import type { LatentOptions } from './latent.ts'
import { isWhole, OptionReader } from './option-reader.ts'
import { batchShape, placeTensor, without, type Place } from './place-tensor.ts'
import { FLOATS, SPECIAL_VALUES } from './values.ts'

const STEPS = 1000

export function latentSource(options: LatentOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('latent', options)
  const shape = isWhole(options.shape) ? [reader.whole('shape', 1)] : (reader.sizes('shape') ?? [])
  if (options.shape === undefined) reader.report('shape', 'is missing.')
  const given = reader.whole('batch', 1)
  const datatype = reader.text('datatype')
  const name = reader.text('name')
  const timestep = reader.read('timestep') as LatentOptions['timestep']
  const steps = timestep?.steps ?? STEPS
  if (timestep !== undefined && (typeof timestep.name !== 'string' || !isWhole(steps) || steps < 1))
    reader.report('timestep', 'must have the `name` of an input, and `steps` from 1 on.')
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'empty-batch'], { batch: given })
  reader.done()
  const { values } = generator
  const batch = values === 'empty-batch' ? 0 : given
  const place = placeTensor(
    { name, datatype, datatypes: FLOATS, kind: 'latent' },
    without(metadata, timestep?.name),
  )
  const whole = batchShape(place, batch, shape)
  const step =
    timestep === undefined
      ? null
      : placeTensor(
          { name: timestep.name, datatypes: ['INT64', 'INT32', 'FP32', 'FP16', 'BF16'], kind: 'latent' },
          metadata,
        )
  const special = isSpecial(values) ? specialTensors(reader, values, [{ ...place, shape: whole }]) : null
  const isConstant = batch === 0 || (special !== null && step === null)
  return createGenerator(isConstant ? { ...generator, distinct: 1 } : generator, (random) => ({
    tensors: {
      ...(special ?? { [place.name]: normals(place.datatype, whole, random) }),
      ...(step === null ? {} : { [step.name]: drawSteps(step, batch, steps, random) }),
    },
  }))
}

/** One number for each sample, or for all of them where the model takes a scalar. */
function drawSteps({ datatype, rank }: Place, batch: number, steps: number, random: Random): Tensor {
  const count = rank === 0 ? 1 : batch
  const drawn = Int32Array.from({ length: count }, () => random.int(steps))
  return integers(datatype, rank === 0 ? [] : [batch], drawn)
}
