import { fromBrain, fromHalf } from '@servebench/plugin-oip/protocol'
import { elementCount, isSample, suggest, ValidationError } from 'servebench/plugin'
import type { Datatype, Problem, Sample, TensorData } from 'servebench/plugin'
import type { ModelArgument } from '../server/vespa-client.ts'
import type { VespaInput, VespaModelRequest } from './request.ts'
import { elementFormat, formatCells, formatNested } from './tensor-literal.ts'
import { parseTensorType, shapeOf } from './tensor-type.ts'
import type { TensorType } from './tensor-type.ts'

export type ModelContent = VespaModelRequest | Sample | null | undefined

/** A request whose tensors are text. */
export interface BoundRequest {
  readonly literals: readonly (readonly [name: string, literal: string])[]
  readonly items: number
  readonly label: string | undefined
}

/**
 * Checks a request against the model's arguments and writes its tensors.
 * @throws {ValidationError} with all that does not fit
 */
export function bindRequest(
  content: ModelContent,
  list: readonly ModelArgument[],
  form: 'nested' | 'cells',
): BoundRequest {
  const problems: Problem[] = []
  const inputs = inputsOf(content, problems)
  const names = list.map(({ name }) => name)
  for (const name of Object.keys(inputs)) {
    if (!names.includes(name))
      problems.push({ path: name, message: 'is no argument of the model.', suggestion: suggest(name, names) })
  }
  let items = 1
  const literals = list.flatMap(({ name, type: text }, index): [string, string][] => {
    const input = inputs[name]
    const type = parseTensorType(text) as TensorType
    if (input === undefined) {
      problems.push({ path: name, message: `is missing: the model wants a ${text}.` })
      return []
    }
    if (typeof input === 'string') return [[name, input]]
    const bound = bindTensor(input, type, form)
    if (typeof bound === 'string') {
      problems.push({ path: name, message: bound })
      return []
    }
    if (index === 0 && type.dimensions[0]?.size === null) items = bound.shape[0] as number
    return [[name, bound.literal]]
  })
  if (problems.length > 0) throw new ValidationError('The request', problems)
  return { literals, items: content?.items ?? items, label: content?.label }
}

function inputsOf(content: ModelContent, problems: Problem[]): Readonly<Record<string, BoundInput>> {
  if (isSample(content)) {
    if ('tensors' in content) return content.tensors
    problems.push({ path: 'input', message: 'has no tensors.' })
    return {}
  }
  return content?.inputs ?? {}
}

type BoundInput =
  | VespaInput
  | { readonly datatype: Datatype; readonly data: TensorData; readonly shape?: readonly number[] }

/** A sentence when it does not fit. */
function bindTensor(
  input: Exclude<BoundInput, string>,
  type: TensorType,
  form: 'nested' | 'cells',
): string | { readonly literal: string; readonly shape: readonly number[] } {
  const declared = shapeOf(type)
  if (declared === null) return `has labels (${type.text}): give a literal.`
  const { data } = input
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) return 'has no data: { data: [1, 2, 3] }.'
  const shape = input.shape ?? inferShape(declared, data.length)
  if (shape === null) return `of ${data.length} elements does not fit ${type.text}.`
  const fits =
    shape.length === declared.length &&
    shape.every(
      (size, axis) =>
        Number.isInteger(size) && size >= 0 && (declared[axis] === -1 || declared[axis] === size),
    )
  if (!fits) return `of shape [${shape.join(', ')}] does not fit ${type.text}.`
  const expected = elementCount(shape)
  if (data.length !== expected)
    return `of shape [${shape.join(', ')}] has ${data.length} elements instead of ${expected}.`
  const numbers = toNumbers(data, 'datatype' in input ? input.datatype : null)
  const odd = numbers.findIndex((value) => !isElement(value, type.datatype))
  if (odd !== -1) return `has the element ${String(data[odd])}, which ${type.text} cannot hold.`
  const format = elementFormat(type.datatype)
  const names = type.dimensions.map(({ name }) => name)
  const literal =
    form === 'nested' ? formatNested(numbers, shape, format) : formatCells(numbers, shape, names, format)
  return { literal, shape }
}

/** One open dimension follows from the number of elements; further ones are 1. */
function inferShape(declared: readonly number[], count: number): readonly number[] | null {
  const known = declared.reduce((product, size) => (size === -1 ? product : product * size), 1)
  const open = declared.indexOf(-1)
  if (open === -1) return declared
  if (known === 0 || count % known !== 0) return null
  return declared.map((size, axis) => (size !== -1 ? size : axis === open ? count / known : 1))
}

function toNumbers(data: TensorData, datatype: Datatype | null): Float64Array {
  const widen =
    data instanceof Uint16Array && datatype === 'FP16'
      ? fromHalf
      : data instanceof Uint16Array && datatype === 'BF16'
        ? fromBrain
        : null
  return Float64Array.from(data as ArrayLike<unknown>, (value) => {
    if (widen !== null) return widen(value as number)
    // Whole numbers beyond 2^53 are text in plans.
    return typeof value === 'string' && value.trim() === '' ? NaN : Number(value)
  })
}

function isElement(value: number, datatype: Datatype): boolean {
  // Vespa reads NaN and infinities, but answers null in their place: nothing could be checked.
  if (!Number.isFinite(value)) return false
  return datatype !== 'INT8' || (Number.isInteger(value) && value >= -128 && value <= 127)
}
