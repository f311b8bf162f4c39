import { ValidationError } from 'servebench/plugin'
import type { Problem, TensorMetadata } from 'servebench/plugin'
import { MODEL_KIND } from '../kinds.ts'
import type { VespaDefaultInput } from './target.ts'

/** An argument with its shape. Plain data. */
export interface PlannedArgument {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/** @throws {ValidationError} when the options do not fit the model */
export function planDefaultInput(
  inputs: readonly TensorMetadata[],
  { batch = 1, shapes = {} }: VespaDefaultInput,
): readonly PlannedArgument[] {
  const problems: Problem[] = []
  const report = (path: string, message: string): void =>
    void problems.push({ path: `${MODEL_KIND}.defaultInput.${path}`, message })
  if (!isSize(batch)) report('batch', 'must be a whole number from 1 on.')
  for (const name of Object.keys(shapes)) {
    if (!inputs.some((input) => input.name === name)) report(`shapes.${name}`, 'is no argument of the model.')
  }
  const planned = inputs.map(({ name, datatype, shape: declared }) => {
    const open = declared.map((size, axis) => (size !== -1 ? size : axis === 0 ? batch : 1))
    const shape = shapes[name] ?? open
    const fits =
      shape.length === declared.length &&
      shape.every((size, axis) => isSize(size) && (declared[axis] === -1 || declared[axis] === size))
    if (!fits) report(`shapes.${name}`, `must fit [${declared.join(', ')}], where -1 is any size.`)
    return { name, datatype, shape }
  })
  if (problems.length > 0) throw new ValidationError(`The ${MODEL_KIND} target`, problems)
  return planned
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size > 0
}
