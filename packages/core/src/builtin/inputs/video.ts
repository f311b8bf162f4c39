import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { Length } from './length.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface VideoOptions extends GeneratorOptions<SpecialValues | 'empty-batch'> {
  readonly frames: Length
  /** Height and width in pixels. */
  readonly size: number | readonly [height: number, width: number]
  /** Clips per request, all as long as the longest of them that was drawn; 1 by default. */
  readonly batch?: number
  /** 3 by default. */
  readonly channels?: number
  /** `NCTHW` (the default), `NTCHW` or `NTHWC`. */
  readonly layout?: 'NCTHW' | 'NTCHW' | 'NTHWC'
  /** Floating point is normalised, `UINT8` are raw pixels. What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'UINT8'
  /** Share of noise, which is new in every frame, over a picture that moves; 0.1 by default. */
  readonly noise?: number
  /** The name of the model's input; its only input by default. */
  readonly name?: string
}

/** Clips: a smooth picture that moves by a pixel or two from frame to frame, and noise. */
export function video(options: VideoOptions): InputSpec {
  return inputSpec('video', options)
}
