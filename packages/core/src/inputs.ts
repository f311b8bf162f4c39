/** Synthetic inputs for bench files. */
export { bytes } from './builtin/inputs/bytes.ts'
export type { BytesOptions } from './builtin/inputs/bytes.ts'
export { image } from './builtin/inputs/image.ts'
export type { ImageOptions } from './builtin/inputs/image.ts'
export { tensors } from './builtin/inputs/tensors.ts'
export type { TensorsOptions, TensorValues } from './builtin/inputs/tensors.ts'
export { text } from './builtin/inputs/text.ts'
export type { TextOptions } from './builtin/inputs/text.ts'
