import type { ElementType } from '../datatype.ts'
import type { Operation } from './call.ts'
import { broadcast, elementsOf, MOST_FOLDED, stride, type Shape, type Tensor } from './tensor.ts'

type Unary = (x: number) => number
type Binary = (a: number, b: number) => number

/** An operation on each element: what it costs, and how it computes where its input is known. */
export function unary(flopsPerElement: number, compute?: Unary, type?: ElementType): Operation {
  return (call) => {
    const x = call.input(0)
    const output: Tensor = {
      type: type ?? x.type,
      shape: x.shape,
      values: compute === undefined ? null : (x.values?.map(compute) ?? null),
    }
    return { outputs: [output], flops: flopsPerElement * elementsOf(x.shape) }
  }
}

/** An operation on two or more tensors of sizes that fit. */
export function nary(flopsPerElement: number, compute?: Binary, type?: ElementType): Operation {
  return ({ inputs }) => {
    const given = inputs.map((tensor) => tensor ?? { type: null, shape: null })
    const shape = broadcast(...given.map((tensor) => tensor.shape))
    const values =
      compute === undefined || given.length < 2
        ? null
        : given.slice(1).reduce<Tensor>(
            (left, right) => ({
              type: null,
              shape: broadcast(left.shape, right.shape),
              values: combine(left, right, compute),
            }),
            given[0] as Tensor,
          ).values
    const output: Tensor = { type: type ?? given[0]?.type ?? null, shape, values: values ?? null }
    return { outputs: [output], flops: flopsPerElement * elementsOf(shape) * Math.max(1, given.length - 1) }
  }
}

function combine(left: Tensor, right: Tensor, compute: Binary): readonly number[] | null {
  const shape = broadcast(left.shape, right.shape)
  if (!left.values || !right.values || shape === null || !(elementsOf(shape) <= MOST_FOLDED)) return null
  const a = spread(left, shape)
  const b = spread(right, shape)
  return a.map((x, index) => compute(x, b[index] as number))
}

/** The elements of a tensor, repeated until they fill a shape that it fits. */
export function spread({ shape, values }: Tensor, into: Shape): readonly number[] {
  const own = shape as Shape
  const given = values as readonly number[]
  if (elementsOf(into) === given.length) return given
  if (given.length === 1) return Array.from({ length: elementsOf(into) }, () => given[0] as number)
  const skip = into.length - own.length
  const steps = into.map((_, axis) => {
    const size = own[axis - skip] ?? 1
    return size === 1 ? 0 : own.slice(axis - skip + 1).reduce((product, next) => product * next, 1)
  })
  return stride(given, into, steps, elementsOf(into))
}

/** `condition ? a : b`. */
const where: Operation = (call) => {
  const shape = broadcast(call.shape(0), call.shape(1), call.shape(2))
  const [condition, yes, no] = [call.input(0), call.input(1), call.input(2)]
  const isKnown = condition.values && yes.values && no.values && elementsOf(shape) <= MOST_FOLDED
  let values: readonly number[] | null = null
  if (isKnown && shape !== null) {
    const [a, b] = [spread(yes, shape), spread(no, shape)]
    values = spread(condition, shape).map((chosen, index) =>
      Number.isNaN(chosen) ? Number.NaN : ((chosen === 0 ? b[index] : a[index]) as number),
    )
  }
  return { outputs: [{ type: yes.type ?? no.type, shape, values }], flops: elementsOf(shape) }
}

const integers: ReadonlySet<ElementType | null> = new Set<ElementType | null>([
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
])

/** Of integers: towards zero. */
const divide: Operation = (call) =>
  nary(1, integers.has(call.input(0).type) ? (a, b) => Math.trunc(a / b) : (a, b) => a / b)(call)

/** Of ONNX: like Python's, or like C's with `fmod`. */
const modulo: Operation = (call) =>
  nary(1, call.number('fmod', 0) === 1 ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b))(call)

const truth = (holds: (a: number, b: number) => boolean): Operation =>
  nary(1, (a, b) => (Number.isNaN(a + b) ? Number.NaN : Number(holds(a, b))), 'BOOL')

/** Halves go to the even neighbour. */
function roundToEven(x: number): number {
  const rounded = Math.round(x)
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

const free = unary(0)

const LINEAR: readonly string[] = [
  'HardSigmoid',
  'HardSwish',
  'ThresholdedRelu',
  'Shrink',
  'Hardmax',
  'BitShift',
  'BitwiseAnd',
  'BitwiseOr',
  'BitwiseXor',
  'BitwiseNot',
]

/** FLOP per element: docs/model-metrics.md gives the whole table. */
export const ELEMENTWISE: Readonly<Record<string, Operation>> = {
  Identity: free,
  Abs: unary(1, Math.abs),
  Neg: unary(1, (x) => -x),
  Sign: unary(1, Math.sign),
  Floor: unary(1, Math.floor),
  Ceil: unary(1, Math.ceil),
  Round: unary(1, roundToEven),
  Sqrt: unary(1, Math.sqrt),
  Reciprocal: unary(1, (x) => 1 / x),
  Relu: unary(1, (x) => Math.max(0, x)),
  LeakyRelu: unary(1),
  Clip: unary(1),
  Exp: unary(4, Math.exp),
  Log: unary(4, Math.log),
  Sin: unary(4, Math.sin),
  Cos: unary(4, Math.cos),
  Tan: unary(4),
  Sinh: unary(4),
  Cosh: unary(4),
  Asin: unary(4),
  Acos: unary(4),
  Atan: unary(4),
  Asinh: unary(4),
  Acosh: unary(4),
  Atanh: unary(4),
  Erf: unary(4),
  Sigmoid: unary(4),
  Elu: unary(5),
  Selu: unary(5),
  Celu: unary(5),
  Softplus: unary(5),
  Softsign: unary(2),
  Tanh: unary(5),
  Gelu: unary(8),
  FastGelu: unary(8),
  QuickGelu: unary(5),
  Swish: unary(5),
  Mish: unary(10),
  IsNaN: unary(1, undefined, 'BOOL'),
  IsInf: unary(1, undefined, 'BOOL'),
  Not: unary(1, (x) => (Number.isNaN(x) ? x : Number(x === 0)), 'BOOL'),
  ...Object.fromEntries(LINEAR.map((name) => [name, unary(1)])),
  Add: nary(1, (a, b) => a + b),
  Sub: nary(1, (a, b) => a - b),
  Mul: nary(1, (a, b) => a * b),
  Div: divide,
  Mod: modulo,
  Pow: nary(1, (a, b) => a ** b),
  Min: nary(1, Math.min),
  Max: nary(1, Math.max),
  Sum: nary(1, (a, b) => a + b),
  Mean: nary(1),
  PRelu: nary(1),
  And: truth((a, b) => a !== 0 && b !== 0),
  Or: truth((a, b) => a !== 0 || b !== 0),
  Xor: truth((a, b) => (a !== 0) !== (b !== 0)),
  Equal: truth((a, b) => a === b),
  Less: truth((a, b) => a < b),
  LessOrEqual: truth((a, b) => a <= b),
  Greater: truth((a, b) => a > b),
  GreaterOrEqual: truth((a, b) => a >= b),
  Where: where,
  BiasGelu: nary(9),
  BiasAdd: nary(1),
}
