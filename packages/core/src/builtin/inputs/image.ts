import type { InputSpec } from '../../plugin.ts'
import type { JsonObject } from '../../plugin.ts'

export interface ImageOptions {
  /** Height and width in pixels. */
  readonly size: number | readonly [height: number, width: number]
  /** Images per request; 1 by default. */
  readonly batch?: number
  /** 3 by default. */
  readonly channels?: number
  /** `NCHW` (the default) or `NHWC`. */
  readonly layout?: 'NCHW' | 'NHWC'
  /** `FP32` (the default): normalised, N(0, 1). `UINT8`: raw pixels. */
  readonly datatype?: 'FP32' | 'UINT8'
  /** The name of the model's input; its only input by default. */
  readonly name?: string
  /** Different samples; 16 by default. */
  readonly distinct?: number
}

/**
 * Synthetic images as one tensor.
 * @example input: ({ batch }) => image({ size: 224, batch })
 */
export function image(options: ImageOptions): InputSpec {
  return { input: 'image', package: 'servebench', options: options as unknown as JsonObject }
}
