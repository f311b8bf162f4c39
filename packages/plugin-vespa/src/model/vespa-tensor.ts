import { ExitCode, ServebenchError } from 'servebench/plugin'
import { parseTensorType, shapeOf } from './tensor-type.ts'
import type { TensorType } from './tensor-type.ts'

/** A value with its place. */
export interface VespaCell {
  /** By dimension. */
  readonly address: Readonly<Record<string, string>>
  readonly value: number
}

/** A tensor of an answer. */
export interface VespaTensor {
  /** `tensor<float>(d0[2],d1[4])` */
  readonly type: string
  /** `null` where a dimension has labels: then there are `cells`. */
  readonly shape: readonly number[] | null
  /** In row-major order; empty where there are `cells`. What Vespa writes as `null` is not a number. */
  readonly data: Float64Array
  /** Of tensors with labels. */
  readonly cells: readonly VespaCell[]
}

type Fields = Readonly<Record<string, unknown>>

/** @throws {ServebenchError} `SERVEBENCH_VESPA_ANSWER` when it is no tensor in one of Vespa's JSON forms */
export function readTensor(answer: unknown): VespaTensor {
  const { type: text, values, cells } = (answer ?? {}) as Fields
  const type = typeof text === 'string' ? parseTensorType(text) : null
  if (type === null) throw notATensor(`the type ${JSON.stringify(text)}`)
  const shape = shapeOf(type)
  if (shape === null)
    return { type: type.text, shape, data: new Float64Array(), cells: readCells(type, cells) }
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1))
  if (values === undefined) placeCells(readCells(type, cells), type, shape, data)
  else placeValues(values, data)
  return { type: type.text, shape, data, cells: [] }
}

function placeValues(values: unknown, into: Float64Array): void {
  const flat: readonly unknown[] = Array.isArray(values) ? values.flat(Infinity) : [values]
  if (flat.length !== into.length) throw notATensor(`${flat.length} values instead of ${into.length}`)
  for (const [index, value] of flat.entries()) into[index] = numberOf(value)
}

function placeCells(
  cells: readonly VespaCell[],
  { dimensions }: TensorType,
  shape: readonly number[],
  into: Float64Array,
): void {
  for (const { address, value } of cells) {
    let index = 0
    for (const [axis, { name }] of dimensions.entries())
      index = index * (shape[axis] as number) + Number(address[name])
    if (!(index >= 0 && index < into.length)) throw notATensor(`the address ${JSON.stringify(address)}`)
    into[index] = value
  }
}

/** With an address for each, or by the label of the only dimension. */
function readCells({ dimensions }: TensorType, cells: unknown): VespaCell[] {
  if (Array.isArray(cells)) {
    return (cells as readonly Fields[]).map(({ address, value }) => ({
      address: (address ?? {}) as Readonly<Record<string, string>>,
      value: numberOf(value),
    }))
  }
  const [only] = dimensions
  if (typeof cells !== 'object' || cells === null || only === undefined || dimensions.length > 1)
    throw notATensor("neither values nor cells that can be read: ask for `answer: 'cells'`")
  return Object.entries(cells).map(([label, value]) => ({
    address: { [only.name]: label },
    value: numberOf(value),
  }))
}

/** JSON has no word for what is not a number. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (value === null) return NaN
  throw notATensor(`the value ${JSON.stringify(value)}`)
}

function notATensor(what: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_VESPA_ANSWER', `The answer is no tensor: it has ${what}.`, {
    advice: "Check that the URL is that of Vespa's model evaluation.",
    exitCode: ExitCode.target,
  })
}
