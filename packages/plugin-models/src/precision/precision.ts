export const PRECISIONS = ['fp32', 'fp16', 'bf16', 'int8'] as const
/** Of weights and arithmetic. */
export type Precision = (typeof PRECISIONS)[number]
