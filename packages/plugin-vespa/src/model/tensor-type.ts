import type { Datatype } from 'servebench/plugin'

/** A dimension of a tensor; `size` is `null` where any size is taken, `'mapped'` for labels instead of indexes. */
export interface TensorDimension {
  readonly name: string
  readonly size: number | 'mapped' | null
}

/** A type as Vespa writes it: `tensor<float>(d0[],d1[8])`. */
export interface TensorType {
  readonly text: string
  readonly datatype: Datatype
  readonly dimensions: readonly TensorDimension[]
}

const TYPE = /^tensor(?:<(\w+)>)?\(([^()]*)\)$/
const DIMENSION = /^\s*([A-Za-z_]\w*)\s*(?:\[(\d*)\]|\{\s*\})\s*$/
const DATATYPES: Readonly<Record<string, Datatype>> = {
  double: 'FP64',
  float: 'FP32',
  bfloat16: 'BF16',
  int8: 'INT8',
}

/** `null` when it is none. */
export function parseTensorType(text: string): TensorType | null {
  const [, cells = 'double', list = ''] = TYPE.exec(text) ?? []
  const datatype = DATATYPES[cells]
  if (!TYPE.test(text) || datatype === undefined) return null
  const dimensions: TensorDimension[] = []
  for (const part of list.trim() === '' ? [] : list.split(',')) {
    const [, name, size] = DIMENSION.exec(part) ?? []
    if (name === undefined) return null
    dimensions.push({ name, size: size === undefined ? 'mapped' : size === '' ? null : Number(size) })
  }
  return { text, datatype, dimensions }
}

/** −1 where any size is taken; `null` when a dimension has labels. */
export function shapeOf({ dimensions }: TensorType): readonly number[] | null {
  if (dimensions.some(({ size }) => size === 'mapped')) return null
  return dimensions.map(({ size }) => (size === null ? -1 : (size as number)))
}
