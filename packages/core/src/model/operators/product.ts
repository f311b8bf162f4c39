import type { ElementType } from '../datatype.ts'
import type { Operation, Outcome } from './call.ts'
import { broadcast, elementsOf, type Shape, type Tensor } from './tensor.ts'

const nothing = Number.NaN

/** [..., M, K] × [..., K, N]; vectors get a size of 1 that is taken away again. */
export function matrixProduct(
  a: Tensor,
  b: Tensor,
  type: ElementType | null,
  flip: { readonly a?: boolean; readonly b?: boolean } = {},
): Outcome {
  if (a.shape === null || b.shape === null) return { outputs: [{ type, shape: null }], macs: nothing }
  const left = a.shape.length === 1 ? [1, ...a.shape] : turned(a.shape, flip.a)
  const right = b.shape.length === 1 ? [...b.shape, 1] : turned(b.shape, flip.b)
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2)) ?? []
  const [rows, depth] = [left.at(-2) ?? nothing, left.at(-1) ?? nothing]
  const columns = right.at(-1) ?? nothing
  const depthOf = Number.isNaN(depth) ? (right.at(-2) ?? nothing) : depth
  const shape = [
    ...batch,
    ...(a.shape.length === 1 ? [] : [rows]),
    ...(b.shape.length === 1 ? [] : [columns]),
  ]
  return { outputs: [{ type, shape }], macs: elementsOf(batch) * rows * columns * depthOf }
}

function turned(shape: Shape, flip: boolean | undefined): Shape {
  return flip ? [...shape.slice(0, -2), shape.at(-1) ?? nothing, shape.at(-2) ?? nothing] : shape
}

const matMul: Operation = (call) => matrixProduct(call.input(0), call.input(1), call.input(0).type)

const matMulInteger: Operation = (call) => matrixProduct(call.input(0), call.input(1), 'INT32')

const matMulIntegerToFloat: Operation = (call) => {
  const outcome = matrixProduct(call.input(0), call.input(1), call.input(2).type)
  return { ...outcome, flops: 2 * elementsOf(outcome.outputs[0]?.shape) }
}

const qLinearMatMul: Operation = (call) => matrixProduct(call.input(0), call.input(3), call.input(7).type)

const fusedMatMul: Operation = (call) =>
  matrixProduct(call.input(0), call.input(1), call.input(0).type, {
    a: call.number('transA', 0) === 1,
    b: call.number('transB', 0) === 1,
  })

const gemm: Operation = (call) => {
  const outcome = fusedMatMul(call)
  const hasBias = call.has(2) && call.number('beta', 1) !== 0
  return { ...outcome, flops: hasBias ? elementsOf(outcome.outputs[0]?.shape) : 0 }
}

const qGemm: Operation = (call) => {
  const outcome = matrixProduct(call.input(0), call.input(3), call.input(8).type ?? 'FP32', {
    a: call.number('transA', 0) === 1,
    b: call.number('transB', 0) === 1,
  })
  return { ...outcome, flops: call.has(6) ? elementsOf(outcome.outputs[0]?.shape) : 0 }
}

/** Weights of few bits in blocks; their true sizes are attributes. */
const matMulNBits: Operation = (call) => {
  const { type, shape } = call.input(0)
  const [depth, columns] = [call.number('K', nothing), call.number('N', nothing)]
  const into = shape === null ? null : [...shape.slice(0, -1), columns]
  return {
    outputs: [{ type, shape: into }],
    macs: elementsOf(into) * depth,
    flops: call.has(5) ? elementsOf(into) : 0,
  }
}

/** Every combination of the labels is a multiplication, and an addition where labels are summed over. */
const einsum: Operation = (call) => {
  const type = call.input(0).type
  const text = call.text('equation', '').replaceAll(' ', '')
  const [left = '', right] = text.split('->')
  const terms = left.split(',')
  const sizes = new Map<string, number>()
  const rest: Shape[] = []
  for (const [index, term] of terms.entries()) {
    const shape = call.shape(index)
    if (shape === null) return { outputs: [{ type, shape: null }], macs: nothing }
    const named = term.replace('...', '')
    const spare = shape.length - named.length
    const at = term.indexOf('...')
    const before = at === -1 ? named.length : at
    for (let axis = 0; axis < named.length; axis++)
      sizes.set(named[axis] as string, shape[axis < before ? axis : axis + spare] ?? nothing)
    if (at !== -1) rest.push(shape.slice(at, at + spare))
  }
  const ellipsis = broadcast(...rest) ?? []
  const wanted = right ?? implicitOutput(terms)
  const shape = wanted
    .replace('...', '.')
    .split('')
    .flatMap((label) => (label === '.' ? ellipsis : [sizes.get(label) ?? nothing]))
  const combinations = [...sizes.values(), ...ellipsis].reduce((product, size) => product * size, 1)
  const isSummed = [...sizes.keys()].some((label) => !wanted.includes(label))
  const isProduct = terms.length > 1 && isSummed
  return {
    outputs: [{ type, shape }],
    ...(isProduct
      ? { macs: combinations * (terms.length - 1) }
      : { flops: isSummed || terms.length > 1 ? combinations * Math.max(1, terms.length - 1) : 0 }),
  }
}

function implicitOutput(terms: readonly string[]): string {
  const labels = terms.join('').replaceAll('.', '')
  const once = [...new Set(labels)].filter((label) => labels.split(label).length === 2).sort()
  return `${terms.some((term) => term.includes('...')) ? '...' : ''}${once.join('')}`
}

export const PRODUCTS: Readonly<Record<string, Operation>> = {
  MatMul: matMul,
  MatMulInteger: matMulInteger,
  MatMulIntegerToFloat: matMulIntegerToFloat,
  DynamicQuantizeMatMul: matMul,
  QLinearMatMul: qLinearMatMul,
  FusedMatMul: fusedMatMul,
  TransposeMatMul: fusedMatMul,
  Gemm: gemm,
  FusedGemm: gemm,
  QGemm: qGemm,
  MatMulNBits: matMulNBits,
  Einsum: einsum,
}
