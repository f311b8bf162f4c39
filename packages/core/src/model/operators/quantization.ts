import type { ElementType } from '../datatype.ts'
import { elementType } from '../onnx/read-tensor.ts'
import type { Operation } from './call.ts'
import { elementsOf } from './tensor.ts'

/** One scaling and one rounding per element. */
const quantize: Operation = (call) => {
  const { shape } = call.input(0)
  const type = call.has(2) ? call.input(2).type : (elementType(call.number('output_dtype', 0)) ?? 'UINT8')
  return { outputs: [{ type, shape }], flops: 2 * elementsOf(shape) }
}

/** Keeps in mind that what follows can compute with the small numbers. */
const dequantize: Operation = (call) => {
  const { type, shape } = call.input(0)
  const quantized: ElementType = type ?? 'INT8'
  return {
    outputs: [
      { type: elementType(call.number('output_dtype', 0)) ?? call.input(1).type ?? 'FP32', shape, quantized },
    ],
    flops: 2 * elementsOf(shape),
  }
}

const dynamicQuantize: Operation = (call) => {
  const { shape } = call.input(0)
  return {
    outputs: [
      { type: 'UINT8', shape },
      { type: 'FP32', shape: [] },
      { type: 'UINT8', shape: [] },
    ],
    flops: 4 * elementsOf(shape),
  }
}

export const QUANTIZATION: Readonly<Record<string, Operation>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
}
