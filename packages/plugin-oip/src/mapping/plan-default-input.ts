import { suggest, ValidationError } from 'servebench/plugin'
import type { Datatype, Problem } from 'servebench/plugin'
import type { DefaultInputOptions } from '../target.ts'
import { isDatatype } from '../tensor/datatype.ts'
import { formatShape, isBatched } from './model.ts'
import type { OipModel, OipTensorMetadata } from './model.ts'

/** A tensor to be filled with random elements. Plain data. */
export interface PlannedInput {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/**
 * The shapes of the tensors that are sent when a scenario has no input: as the server describes them, variable dimensions
 * as the options say, or 1. Optional inputs are left out, unless all are optional.
 * @param kind of the target, for messages
 * @throws {ValidationError} when the options do not fit the model
 */
export function planDefaultInput(
  model: OipModel,
  options: DefaultInputOptions,
  kind = 'oip',
): readonly PlannedInput[] {
  const { batch = 1, shapes = {} } = options
  const problems: Problem[] = []
  const names = model.inputs.map(({ name }) => name)
  for (const name of Object.keys(shapes)) {
    if (names.includes(name)) continue
    const path = `defaultInput.shapes.${name}`
    problems.push({
      path,
      message: `is no input of model '${model.name}'.`,
      suggestion: suggest(name, names),
    })
  }
  const batched = isBatched(model)
  if (batch > 1 && !batched) {
    problems.push({
      path: 'defaultInput.batch',
      message: `is ${batch}, but model '${model.name}' takes no batches.`,
    })
  }
  if (model.maxBatchSize !== null && batched && batch > model.maxBatchSize) {
    const message = `is ${batch}; model '${model.name}' takes ${model.maxBatchSize} at most.`
    problems.push({ path: 'defaultInput.batch', message })
  }
  const required = model.inputs.filter(({ name, optional }) => optional !== true || name in shapes)
  const chosen = required.length === 0 ? model.inputs : required
  const planned = chosen.flatMap((tensor) => {
    const shape = planShape(tensor, shapes[tensor.name], batched ? batch : 1)
    if (shape === null) {
      const message = `is ${formatShape(shapes[tensor.name] ?? [])}; the model takes ${formatShape(tensor.shape)}.`
      problems.push({ path: `defaultInput.shapes.${tensor.name}`, message })
      return []
    }
    const { name, datatype } = tensor
    if (isDatatype(datatype)) return [{ name, datatype, shape }]
    problems.push({
      path: name,
      message: `has the datatype '${datatype}', which the protocol does not have.`,
    })
    return []
  })
  if (problems.length === 0) return planned
  throw new ValidationError(`The ${kind} target`, problems)
}

function planShape(
  { shape: declared, anyRank }: OipTensorMetadata,
  wanted: readonly number[] | undefined,
  batch: number,
): readonly number[] | null {
  const open = declared.map((size, axis) => (size !== -1 ? size : axis === 0 ? batch : 1))
  if (wanted === undefined) return open
  if (anyRank === true) return wanted
  const shape = wanted.length === declared.length - 1 ? [open[0] as number, ...wanted] : wanted
  const fits =
    shape.length === declared.length &&
    shape.every((size, axis) => declared[axis] === -1 || declared[axis] === size)
  return fits ? shape : null
}
