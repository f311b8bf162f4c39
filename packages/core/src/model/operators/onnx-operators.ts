import { ATTENTION } from './attention.ts'
import type { Operation } from './call.ts'
import { CONVOLUTIONS } from './convolution.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { IMAGES } from './image.ts'
import { MOVES } from './move.ts'
import { NORMALIZATIONS } from './normalization.ts'
import { POOLING } from './pooling.ts'
import { PRODUCTS } from './product.ts'
import { QUANTIZATION } from './quantization.ts'
import { RECURRENT } from './recurrent.ts'
import { REDUCTIONS } from './reduction.ts'
import { SIGNALS } from './signal.ts'

/** Operators of ONNX, and those that ONNX Runtime's optimiser makes of several, by name. */
const OPERATORS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    ...ELEMENTWISE,
    ...MOVES,
    ...PRODUCTS,
    ...CONVOLUTIONS,
    ...POOLING,
    ...NORMALIZATIONS,
    ...REDUCTIONS,
    ...RECURRENT,
    ...ATTENTION,
    ...QUANTIZATION,
    ...IMAGES,
    ...SIGNALS,
  }),
)

const DOMAINS: ReadonlySet<string> = new Set(['', 'com.microsoft', 'com.microsoft.nchwc'])

export function findOnnxOperator(domain: string, name: string): Operation | null {
  return DOMAINS.has(domain) ? (OPERATORS.get(name) ?? null) : null
}
