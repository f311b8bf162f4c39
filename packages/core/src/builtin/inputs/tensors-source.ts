import type { Datatype, PlannedTensor, Random, TargetMetadata, Tensor, TensorData } from '../../plugin.ts'
import {
  DATATYPE_BYTES,
  elementCount,
  fillBytes,
  fillNormals,
  planTensors,
  ServebenchError,
} from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createGenerator, isSpecial, readGenerator, type GeneratorFacts } from './generator.ts'
import { OptionReader } from './option-reader.ts'
import { specialTensor } from './special-tensor.ts'
import type { TensorsOptions } from './tensors.ts'
import { SPECIAL_VALUES } from './values.ts'
import { randomWord } from './words.ts'

const BOUND = 100

/**
 * Tensors in the shapes that the server wants.
 * @throws {ServebenchError} when the server describes nothing and no shapes are given; {@link ValidationError} when
 *   what is given contradicts what the server says
 */
export function tensorsSource(options: TensorsOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('tensors', options)
  const given = reader.whole('batch', 1)
  const shapes = reader.read('shapes') as TensorsOptions['shapes']
  const datatypes = reader.read('datatypes') as TensorsOptions['datatypes']
  const bound = reader.whole('bound', BOUND)
  const generator = readGenerator(reader, [...SPECIAL_VALUES, 'empty-batch'], { batch: given })
  reader.done()
  const wishes = {
    ...(options.batch === undefined ? {} : { batch: given }),
    ...(shapes === undefined ? {} : { shapes }),
    ...(datatypes === undefined ? {} : { datatypes }),
  }
  const planned =
    metadata === null || metadata.inputs.length === 0
      ? undescribed(wishes)
      : planTensors(metadata, wishes, { subject: 'The input tensors()' })
  if (generator.values !== 'empty-batch') return fillTensors(reader, planned, bound, generator)
  const empty = planned.map((tensor) => ({ ...tensor, shape: [0, ...tensor.shape.slice(1)] }))
  return fillTensors(reader, empty, bound, { ...generator, distinct: 1 })
}

/** For a stream without input: see `deriveInput`. */
export function plannedSource({ tensors }: { readonly tensors: readonly PlannedTensor[] }): SampleSource {
  return {
    distinct: tensors.length === 0 ? 1 : null,
    sample: (_, random) => ({ tensors: randomTensors(tensors, BOUND, random) }),
  }
}

function fillTensors(
  reader: OptionReader,
  planned: readonly PlannedTensor[],
  bound: number,
  generator: GeneratorFacts<string>,
): SampleSource {
  const { values } = generator
  if (!isSpecial(values))
    return createGenerator(generator, (random) => ({ tensors: randomTensors(planned, bound, random) }))
  const special = new Map(
    planned.flatMap(({ name, datatype, shape }) => {
      const tensor = specialTensor(datatype, shape, values)
      return tensor === null ? [] : [[name, tensor] as const]
    }),
  )
  if (special.size === 0) {
    reader.report('values', `is '${values}', and no input of the model has such a value.`)
    reader.done()
  }
  const isConstant = special.size === planned.length
  return createGenerator(isConstant ? { ...generator, distinct: 1 } : generator, (random) => ({
    tensors: { ...randomTensors(planned, bound, random, special), ...Object.fromEntries(special) },
  }))
}

function randomTensors(
  planned: readonly PlannedTensor[],
  bound: number,
  random: Random,
  except: ReadonlyMap<string, Tensor> = new Map(),
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    planned
      .filter(({ name }) => !except.has(name))
      .map(({ name, datatype, shape }) => [
        name,
        { datatype, shape, data: randomData(datatype, elementCount(shape), bound, random) },
      ]),
  )
}

function randomData(datatype: Datatype, count: number, bound: number, random: Random): TensorData {
  switch (datatype) {
    case 'BYTES':
      return Array.from({ length: count }, () => randomWord(random))
    case 'BOOL':
      return Uint8Array.from({ length: count }, () => random.int(2))
    case 'UINT8':
      return fillBytes(new Uint8Array(count), random)
    case 'INT8':
      return new Int8Array(fillBytes(new Uint8Array(count), random).buffer)
    case 'FP16':
    case 'BF16':
    case 'FP32':
      return fillNormals(new Float32Array(count), random)
    case 'FP64':
      return fillNormals(new Float64Array(count), random)
    case 'INT64':
      return BigInt64Array.from({ length: count }, () => BigInt(random.int(bound)))
    case 'UINT64':
      return BigUint64Array.from({ length: count }, () => BigInt(random.int(bound)))
    default: {
      const top = DATATYPE_BYTES[datatype] === 2 ? Math.min(bound, 32_768) : bound
      return Int32Array.from({ length: count }, () => random.int(top)) as TensorData
    }
  }
}

function undescribed({
  shapes = {},
  datatypes = {},
  batch,
}: Pick<TensorsOptions, 'shapes' | 'datatypes' | 'batch'>): readonly PlannedTensor[] {
  const entries = Object.entries(shapes)
  if (entries.length === 0) {
    throw new ServebenchError('SERVEBENCH_INPUT', 'The target does not describe its inputs.', {
      advice: 'Give their shapes: tensors({ shapes: { INPUT: [1, 3] }, datatypes: { INPUT: "FP32" } }).',
    })
  }
  return entries.map(([name, shape]) => ({
    name,
    datatype: datatypes[name] ?? 'FP32',
    shape: batch === undefined ? shape : [batch, ...shape],
  }))
}
