/** Conversions between numbers and the two 16-bit floating-point formats; rounding is to nearest, ties to even. */

const TWO_52 = 4503599627370496
/** 2^(k − OFFSET) at index k, exact: what mantissas are scaled by. */
const OFFSET = 140
const POWERS: Float64Array = powersOfTwo()

interface Format {
  /** Bits of the fraction. */
  readonly fraction: number
  /** Exponents of the smallest and the largest normal number. */
  readonly lowest: number
  readonly highest: number
  /** From here on, magnitudes round to infinity. */
  readonly overflow: number
}

const HALF: Format = { fraction: 10, lowest: -14, highest: 15, overflow: 65_520 }
/** (2 − 2⁻⁸) · 2¹²⁷ */
const BRAIN: Format = { fraction: 7, lowest: -126, highest: 127, overflow: 511 * power(119) }

/** IEEE 754 binary16 nearest to a number, as its bits. */
export function toHalf(value: number): number {
  return round(value, HALF)
}

/** bfloat16 nearest to a number, as its bits. */
export function toBrain(value: number): number {
  return round(value, BRAIN)
}

export function fromHalf(bits: number): number {
  return widen(bits, HALF)
}

export function fromBrain(bits: number): number {
  return widen(bits, BRAIN)
}

const words = new Uint32Array(2)
const double = new Float64Array(words.buffer)

function round(value: number, { fraction, lowest, highest, overflow }: Format): number {
  const infinity = (highest - lowest + 2) << fraction
  if (value !== value) return infinity | (1 << (fraction - 1))
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= overflow) return sign | infinity
  double[0] = magnitude
  const exponent = Math.max(((words[1] as number) >>> 20) - 1023, lowest)
  // The mantissa as a whole number: adding 2^52 leaves no room for a fraction, and the hardware rounds as wanted.
  const mantissa = magnitude * power(fraction - exponent) + TWO_52 - TWO_52
  // A mantissa that was rounded up to the next power of two carries into the exponent, as it should.
  return sign | (((exponent - lowest) << fraction) + mantissa)
}

function widen(bits: number, { fraction, lowest, highest }: Format): number {
  const sign = bits & 0x8000 ? -1 : 1
  const biased = (bits & 0x7fff) >>> fraction
  const rest = bits & ((1 << fraction) - 1)
  if (biased === highest - lowest + 2) return rest === 0 ? sign * Infinity : NaN
  const mantissa = biased === 0 ? rest : rest + (1 << fraction)
  return sign * mantissa * power(Math.max(biased, 1) - 1 + lowest - fraction)
}

function power(exponent: number): number {
  return POWERS[exponent + OFFSET] as number
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2 * OFFSET + 1)
  powers[OFFSET] = 1
  for (let index = 1; index <= OFFSET; index++) {
    powers[OFFSET + index] = (powers[OFFSET + index - 1] as number) * 2
    powers[OFFSET - index] = (powers[OFFSET - index + 1] as number) / 2
  }
  return powers
}
