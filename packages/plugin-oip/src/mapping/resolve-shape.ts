import { elementCount } from 'servebench/plugin'
import { formatShape } from './model.ts'

/** A shape that fits, or the sentence that says why there is none. */
export type ResolvedShape = readonly number[] | string

/**
 * The shape to send.
 * @param given by the request, if it names one
 * @param declared by the server, with −1 for any size
 * @param count of elements
 * @param batched whether the first dimension is the batch
 */
export function resolveShape(
  given: readonly number[] | undefined,
  declared: readonly number[],
  count: number,
  batched: boolean,
): ResolvedShape {
  if (given === undefined) return deriveShape(declared, count, batched)
  const shape = withBatch(given, declared)
  if (
    shape.length !== declared.length ||
    !shape.every((size, axis) => fits(size, declared[axis] as number))
  ) {
    return `has the shape ${formatShape(given)}; the model takes ${formatShape(declared)}.`
  }
  return checkCount(shape, count)
}

/** The shape itself, or why it does not fit the number of elements. */
export function checkCount(shape: readonly number[], count: number): ResolvedShape {
  const expected = elementCount(shape)
  return expected === count
    ? shape
    : `has ${count} elements; its shape ${formatShape(shape)} needs ${expected}.`
}

/** A batch of one may be left out. */
function withBatch(given: readonly number[], declared: readonly number[]): readonly number[] {
  return given.length === declared.length - 1 && fits(1, declared[0] as number) ? [1, ...given] : given
}

function deriveShape(declared: readonly number[], count: number, batched: boolean): ResolvedShape {
  const open = declared.flatMap((size, axis) => (size === -1 ? [axis] : []))
  // Of several variable dimensions, a batch is taken for 1.
  const batchIsOne = batched && open.length > 1 && open[0] === 0
  const free = batchIsOne ? open.slice(1) : open
  if (free.length > 1) {
    return `needs a shape: ${formatShape(declared)} has more than one variable dimension.`
  }
  const known = elementCount(declared.map((size) => (size === -1 ? 1 : size)))
  const size = known === 0 ? 0 : count / known
  if (!Number.isInteger(size))
    return `has ${count} elements, which do not fill the shape ${formatShape(declared)}.`
  return checkCount(
    declared.map((declaredSize, axis) => (declaredSize !== -1 ? declaredSize : axis === free[0] ? size : 1)),
    count,
  )
}

function fits(size: number, declared: number): boolean {
  return declared === -1 || size === declared
}
