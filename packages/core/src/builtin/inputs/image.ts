import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

/** What images of all kinds are made of. */
export interface PictureOptions {
  /** Height and width in pixels. */
  readonly size: number | readonly [height: number, width: number]
  /** Images per request; 1 by default. Several encoded images are the elements of a `BYTES` tensor. */
  readonly batch?: number
  /** 1, 3 (the default) or, as a tensor or PNG, 4. */
  readonly channels?: number
  /** Of tensors: `NCHW` (the default) or `NHWC`. */
  readonly layout?: 'NCHW' | 'NHWC'
  /**
   * Of tensors: floating point is normalised, with mean 0 and variance 1; `UINT8` are raw pixels, `INT8` the same less
   * 128. What the model takes by default, `FP32` where that is not known.
   */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'UINT8' | 'INT8'
  /** `'tensor'` (the default), or encoded images. */
  readonly format?: 'tensor' | 'jpeg' | 'png'
  /** Of JPEG: 1 to 100 as in libjpeg, 90 by default. */
  readonly quality?: number
  /** Of JPEG: `'4:2:0'` (the default) halves the colours' resolution. */
  readonly subsampling?: '4:2:0' | '4:4:4'
  /**
   * 1: noise, which does not compress; 0: smooth gradients. 1 by default for tensors, and 0.1 for encoded images, which
   * makes them about as large as photographs.
   */
  readonly noise?: number
  /** The name of the model's input; its only input by default. */
  readonly name?: string
}

export interface ImageOptions
  extends PictureOptions, GeneratorOptions<SpecialValues | 'empty-batch' | 'huge'> {}

/**
 * Synthetic images: one tensor, or encoded as JPEG or PNG. Special values: those of all elements, `'empty-batch'`, and
 * `'huge'` for images of four times the height and width.
 * @example input: ({ batch }) => image({ size: 224, batch })
 */
export function image(options: ImageOptions): InputSpec {
  return inputSpec('image', options)
}
