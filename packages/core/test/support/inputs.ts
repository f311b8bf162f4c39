import type { InputSpec, JsonObject, Sample, TargetMetadata, Tensor } from '../../src/plugin.ts'
import { createSource } from '../../src/builtin/inputs/source.ts'
import type { SampleSource } from '../../src/session.ts'
import { createRandom } from '../../src/stats/seed.ts'

/** The source of an input as a trial has it. */
export async function openInput(
  { input, options }: InputSpec,
  metadata: TargetMetadata | null = null,
): Promise<SampleSource> {
  return await createSource({ kind: input as 'image', options: options as JsonObject, metadata })
}

/** The sample of an index, with the random numbers that it has in a trial. */
export async function sampleAt(source: SampleSource, index: number, seed = 'seed'): Promise<Sample> {
  const seeded = (index: number) =>
    createRandom({ seed, path: ['a'], repeat: 0, stream: 'main', purpose: `input/${index}` })
  return (await source.sample(index, seeded(index), seeded)) as Sample
}

export async function firstSample(spec: InputSpec, metadata: TargetMetadata | null = null): Promise<Sample> {
  return await sampleAt(await openInput(spec, metadata), 0)
}

/** Samples of an input, as many as there are, at most `count`. */
export async function samplesOf(
  spec: InputSpec,
  count: number,
  metadata: TargetMetadata | null = null,
): Promise<Sample[]> {
  const source = await openInput(spec, metadata)
  const length = Math.min(count, source.distinct ?? Infinity)
  return await Promise.all(Array.from({ length }, (_, index) => sampleAt(source, index)))
}

/** The tensor of a name, or the only one. */
export function tensorOf(sample: Sample, name?: string): Tensor {
  if (!('tensors' in sample)) throw new Error('The sample has no tensors.')
  const [first, second] = Object.keys(sample.tensors)
  if (name === undefined && second !== undefined) throw new Error('The sample has several tensors.')
  return sample.tensors[name ?? (first as string)] as Tensor
}

export function numbersOf(sample: Sample, name?: string): number[] {
  return Array.from(tensorOf(sample, name).data as ArrayLike<number | bigint>, Number)
}

/** Of numbers. */
export function momentsOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}

/** Models as servers describe them. */
export function described(
  inputs: Readonly<Record<string, readonly [datatype: string, ...shape: number[]]>>,
  maxBatchSize: number | null = null,
): TargetMetadata {
  return {
    inputs: Object.entries(inputs).map(([name, [datatype, ...shape]]) => ({ name, datatype, shape })),
    outputs: [],
    maxBatchSize,
  }
}
