import type { Datatype } from 'servebench/plugin'

/** Elements as text, shortest form that reads back as the same value. */
export type FormatElement = (value: number) => string

/** The cells of a `float` need not the digits of a `double`. */
export function elementFormat(datatype: Datatype): FormatElement {
  return datatype === 'FP32' || datatype === 'BF16' ? formatFloat : String
}

const FLOAT_DIGITS = [6, 7, 8]
/** Whole numbers up to here are floats. */
const EXACT = 16_777_216

function formatFloat(value: number): string {
  const wanted = Math.fround(value)
  if (Number.isInteger(wanted) && Math.abs(wanted) <= EXACT) return String(wanted)
  for (const digits of FLOAT_DIGITS) {
    const short = Number(wanted.toPrecision(digits))
    if (Math.fround(short) === wanted) return String(short)
  }
  // Nine digits always tell a float.
  return String(Number(wanted.toPrecision(9)))
}

/** `[[1,2],[3,4]]`: all elements in row-major order, for types without labels. */
export function formatNested(
  data: ArrayLike<number>,
  shape: readonly number[],
  format: FormatElement,
): string {
  let at = 0
  const nest = (axis: number): string => {
    if (axis === shape.length) return format(data[at++] as number)
    const parts: string[] = []
    for (let index = 0; index < (shape[axis] as number); index++) parts.push(nest(axis + 1))
    return `[${parts.join(',')}]`
  }
  return nest(0)
}

/** `{{d0:0,d1:0}:1,…}`: each element with its address. */
export function formatCells(
  data: ArrayLike<number>,
  shape: readonly number[],
  names: readonly string[],
  format: FormatElement,
): string {
  const cells: string[] = []
  const address = shape.map(() => 0)
  for (let index = 0; index < data.length; index++) {
    const labels = names.map((name, axis) => `${name}:${address[axis]}`).join(',')
    cells.push(`{${labels}}:${format(data[index] as number)}`)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      address[axis] = (address[axis] as number) + 1
      if ((address[axis] as number) < (shape[axis] as number)) break
      address[axis] = 0
    }
  }
  return `{${cells.join(',')}}`
}
