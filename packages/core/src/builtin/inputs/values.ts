/** Contents of all elements that speed, power and caches may depend on. */
export type SpecialValues =
  | 'zeros'
  | 'negative-zeros'
  | 'ones'
  /** The largest and the lowest finite number of the datatype. */
  | 'max'
  | 'min'
  /** Numbers below the smallest normal one (1e-40 for `FP32`): many processors handle them in microcode. */
  | 'denormals'
  | 'nan'
  | 'infinity'
  | 'negative-infinity'
  /** 0x55… and 0xAA… in turn: every bit toggles from element to element. */
  | 'alternating-bits'

/** All contents that floating-point tensors can have, for an axis of a matrix: `['random', ...SPECIAL_VALUES]`. */
export const SPECIAL_VALUES: readonly SpecialValues[] = [
  'zeros',
  'negative-zeros',
  'ones',
  'max',
  'min',
  'denormals',
  'nan',
  'infinity',
  'negative-infinity',
  'alternating-bits',
]

/** What every generator takes. */
export interface GeneratorOptions<Values extends string> {
  /** `'random'` (the default), or a special case; a result that has both compares them. */
  readonly values?: 'random' | Values
  /** Different samples; 16 by default, 64 for text. Special values that leave nothing to chance have one. */
  readonly distinct?: number
  /** Splits the distributions in the result. */
  readonly label?: string
}

/** Floating-point datatypes, the most usual one first. */
export const FLOATS = ['FP32', 'FP16', 'BF16', 'FP64'] as const
