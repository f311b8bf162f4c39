import type { Datatype } from '../../plugin.ts'
import { ServebenchError, ValidationError, type Problem, type TargetMetadata } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { suggest } from '../../plugin.ts'
import { constantTensor, randomTensor } from './random-data.ts'
import type { TensorsOptions } from './tensors.ts'

const DISTINCT = 16

interface InputShape {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/**
 * Random tensors in the shapes that the server wants.
 * @throws {ServebenchError} when the server describes nothing and no shapes are given; {@link ValidationError} when
 *   what is given contradicts what the server says
 */
export function tensorsSource(options: TensorsOptions, metadata: TargetMetadata | null): SampleSource {
  const inputs = metadata === null ? undescribed(options) : described(options, metadata)
  const { values = 'random' } = options
  return {
    distinct: values === 'random' ? (options.distinct ?? DISTINCT) : 1,
    sample: (_, random) => ({
      items: options.batch ?? 1,
      tensors: Object.fromEntries(
        inputs.map(({ name, datatype, shape }) => [
          name,
          values === 'random'
            ? randomTensor(datatype, shape, random)
            : constantTensor(datatype, shape, values === 'ones' ? 1 : 0),
        ]),
      ),
    }),
  }
}

function described(options: TensorsOptions, metadata: TargetMetadata): InputShape[] {
  const problems: Problem[] = []
  const names = metadata.inputs.map((input) => input.name)
  for (const name of Object.keys(options.shapes ?? {})) {
    if (!names.includes(name)) {
      problems.push({
        path: `shapes.${name}`,
        message: `the model has no such input; it has ${names.join(', ')}.`,
        suggestion: suggest(name, names),
      })
    }
  }
  const batches = metadata.maxBatchSize !== null && metadata.maxBatchSize > 0
  const inputs = metadata.inputs.map((input): InputShape => {
    const given = options.shapes?.[input.name]
    const full =
      given === undefined
        ? null
        : given.length === input.shape.length
          ? given
          : [options.batch ?? 1, ...given]
    if (full !== null && full.length !== input.shape.length) {
      problems.push({
        path: `shapes.${input.name}`,
        message: `${given?.length} dimensions do not fit the model's ${show(input.shape)}.`,
      })
    }
    const shape = input.shape.map((size, axis) => {
      const wanted = full?.[axis]
      if (axis === 0 && size === -1 && (batches || wanted === undefined)) return options.batch ?? wanted ?? 1
      if (size === -1) return wanted ?? 1
      if (wanted !== undefined && wanted !== size) {
        problems.push({
          path: `shapes.${input.name}`,
          message: `${show(full ?? [])} does not fit the model's ${show(input.shape)}.`,
        })
      }
      return size
    })
    return {
      name: input.name,
      datatype: (options.datatypes?.[input.name] ?? input.datatype) as Datatype,
      shape,
    }
  })
  if (problems.length > 0) throw new ValidationError('The input', problems)
  return inputs
}

function undescribed(options: TensorsOptions): InputShape[] {
  const shapes = Object.entries(options.shapes ?? {})
  if (shapes.length === 0) {
    throw new ServebenchError('SERVEBENCH_INPUT', 'The target does not describe its inputs.', {
      advice: 'Give their shapes: tensors({ shapes: { INPUT: [1, 3] }, datatypes: { INPUT: "FP32" } }).',
    })
  }
  return shapes.map(([name, shape]) => ({
    name,
    datatype: options.datatypes?.[name] ?? 'FP32',
    shape: options.batch === undefined ? shape : [options.batch, ...shape],
  }))
}

function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
