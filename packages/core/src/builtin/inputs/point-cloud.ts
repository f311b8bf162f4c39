import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { Length } from './length.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface PointCloudOptions extends GeneratorOptions<
  SpecialValues | 'empty-batch' | 'single-point' | 'max-length'
> {
  /** In each cloud. */
  readonly points: Length
  /** Numbers of a point: 3 coordinates (the default), then intensity, colour or normal. */
  readonly features?: number
  /** Clouds per request; shorter ones are filled with zeros. 1 by default. */
  readonly batch?: number
  /** `[batch, points, features]` (`NPF`, the default) or `[batch, features, points]`. */
  readonly layout?: 'NPF' | 'NFP'
  /**
   * `'surface'` (the default): on the faces of boxes, as scanners see them; `'uniform'`: everywhere in the unit cube.
   */
  readonly kind?: 'surface' | 'uniform'
  /** What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'FP64'
  /** The name of the model's input; its only input, or its only one beside the lengths by default. */
  readonly name?: string
  /** The input that takes how many points each cloud has, where there is one. */
  readonly lengths?: string
}

/** Point clouds of a fixed or variable length, in the cube from −1 to 1. */
export function pointCloud(options: PointCloudOptions): InputSpec {
  return inputSpec('pointCloud', options)
}
