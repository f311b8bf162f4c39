import type { InputSpec } from '../../plugin.ts'
import type { PictureOptions } from './image.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface DetectionOptions
  extends Omit<PictureOptions, 'size'>, GeneratorOptions<SpecialValues | 'empty-batch' | 'huge'> {
  /** Height and width in pixels; 640 by default. */
  readonly size?: PictureOptions['size']
  /** Filled rectangles in each image, between two numbers or always as many; 8 by default. Noise alone gives few boxes. */
  readonly objects?: number | readonly [least: number, most: number]
  /**
   * `'fixed'` (the default): all of one size. `'coco'`: shapes vary roughly as in COCO's photographs, most of which are 4:3, scaled so that the
   * longer side is that of `size`, and each shape has a label: `4:3`, `3:4`, `3:2`, `2:3`, `1:1`, `16:9`.
   */
  readonly aspect?: 'fixed' | 'coco'
}

/**
 * Images with rectangles to be found, for detection and segmentation: what a post-processing step costs depends on them.
 */
export function detection(options: DetectionOptions = {}): InputSpec {
  return inputSpec('detection', options)
}
