import type { Datatype, PlannedTensor, Random, Sample, Tensor, TensorData } from '../../plugin.ts'
import { elementCount, fillNormals } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import type { Lengths } from './length.ts'
import type { OptionReader } from './option-reader.ts'
import { specialTensor } from './special-tensor.ts'
import { SPECIAL_VALUES, type SpecialValues } from './values.ts'

const DISTINCT = 16

/** What all generators have in common, read. */
export interface GeneratorFacts<Values extends string> {
  readonly values: 'random' | Values
  readonly distinct: number
  readonly facts: { readonly items: number; readonly label?: string }
}

/** @param special the generator's special values */
export function readGenerator<const Values extends string>(
  reader: OptionReader,
  special: readonly Values[],
  { batch = 1, distinct = DISTINCT }: { readonly batch?: number; readonly distinct?: number } = {},
): GeneratorFacts<Values> {
  const values = reader.choice<'random' | Values>('values', ['random', ...special], 'random')
  const label = reader.text('label')
  return {
    values,
    distinct: reader.whole('distinct', distinct),
    facts: { items: values === 'empty-batch' ? 0 : batch, ...(label === undefined ? {} : { label }) },
  }
}

export function createGenerator(
  { distinct, facts }: Pick<GeneratorFacts<string>, 'distinct' | 'facts'>,
  make: (random: Random, index: number) => Sample,
): SampleSource {
  return { distinct, sample: (index, random) => ({ ...facts, ...make(random, index) }) }
}

export function isSpecial(values: string): values is SpecialValues {
  return (SPECIAL_VALUES as readonly string[]).includes(values)
}

/**
 * Tensors whose elements are all the same special value.
 * @throws {ValidationError} when a datatype has no such value
 */
export function specialTensors(
  reader: OptionReader,
  values: SpecialValues,
  tensors: readonly PlannedTensor[],
): Readonly<Record<string, Tensor>> {
  const made: Record<string, Tensor> = {}
  for (const { name, datatype, shape } of tensors) {
    const tensor = specialTensor(datatype, shape, values)
    if (tensor === null) reader.report('values', `is '${values}', and ${datatype} has no such value.`)
    else made[name] = tensor
  }
  reader.done()
  return made
}

/** Of {@link specialTensors} there is one sample. */
export function createSpecial(
  reader: OptionReader,
  { facts }: Pick<GeneratorFacts<string>, 'facts'>,
  values: SpecialValues,
  tensors: readonly PlannedTensor[],
): SampleSource {
  const sample: Sample = { ...facts, tensors: specialTensors(reader, values, tensors) }
  return { distinct: 1, sample: () => sample }
}

/** Standard normals for a floating-point datatype; the 16-bit ones are rounded by the codec. */
export function normals(datatype: Datatype, shape: readonly number[], random: Random): Tensor {
  const count = elementCount(shape)
  const data = datatype === 'FP64' ? new Float64Array(count) : new Float32Array(count)
  return { datatype, shape, data: fillNormals(data, random) }
}

/** Whole numbers as a datatype that can hold them. */
export function integers(datatype: Datatype, shape: readonly number[], values: Int32Array): Tensor {
  const data: TensorData =
    datatype === 'INT64'
      ? BigInt64Array.from(values, BigInt)
      : datatype === 'UINT64'
        ? BigUint64Array.from(values, BigInt)
        : datatype === 'UINT32'
          ? Uint32Array.from(values)
          : datatype === 'INT32'
            ? values
            : Float32Array.from(values)
  return { datatype, shape, data }
}

export function drawLengths(lengths: Lengths, batch: number, random: Random): readonly number[] {
  return Array.from({ length: batch }, () => lengths.draw(random))
}

/** `≤64`, `≤128`, `>128` for limits of 64 and 128; `undefined` without limits. */
export function bucketOf(length: number, limits: readonly number[] | undefined): string | undefined {
  if (limits === undefined || limits.length === 0) return undefined
  const limit = limits.find((one) => length <= one)
  return limit === undefined ? `>${limits.at(-1)}` : `≤${limit}`
}

/** Limits of {@link bucketOf}, which must rise. */
export function readBuckets(reader: OptionReader): readonly number[] | undefined {
  const limits = reader.sizes('buckets')
  if (limits?.some((limit, index) => index > 0 && limit <= (limits[index - 1] as number)))
    reader.report('buckets', 'must rise.')
  return limits
}
