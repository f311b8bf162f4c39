const HALF_ROOT = Math.SQRT1_2
const A1 = 0.382683433
const A2 = 0.5411961
const A3 = 1.306562965

/**
 * The discrete cosine transform of 8 × 8 samples in place, by Arai, Agui and Nakajima (1988): five multiplications per
 * row or column. Coefficients come out scaled by {@link DCT_SCALE}.
 */
export function forwardDct(block: Float32Array): void {
  for (let row = 0; row < 64; row += 8) transform(block, row, 1)
  for (let column = 0; column < 8; column++) transform(block, column, 8)
}

/** What coefficients are multiplied by, in rows. */
export const DCT_SCALE: Float64Array = Float64Array.from(
  { length: 64 },
  (_, index) => 8 * factor(index >> 3) * factor(index & 7),
)

function factor(index: number): number {
  return index === 0 ? 1 : Math.SQRT2 * Math.cos((index * Math.PI) / 16)
}

function transform(block: Float32Array, from: number, step: number): void {
  const v0 = block[from] as number
  const v1 = block[from + step] as number
  const v2 = block[from + 2 * step] as number
  const v3 = block[from + 3 * step] as number
  const v4 = block[from + 4 * step] as number
  const v5 = block[from + 5 * step] as number
  const v6 = block[from + 6 * step] as number
  const v7 = block[from + 7 * step] as number
  const s07 = v0 + v7
  const d07 = v0 - v7
  const s16 = v1 + v6
  const d16 = v1 - v6
  const s25 = v2 + v5
  const d25 = v2 - v5
  const s34 = v3 + v4
  const d34 = v3 - v4

  const outer = s07 + s34
  const inner = s16 + s25
  const difference = s07 - s34
  const turned = (s16 - s25 + difference) * HALF_ROOT
  block[from] = outer + inner
  block[from + 4 * step] = outer - inner
  block[from + 2 * step] = difference + turned
  block[from + 6 * step] = difference - turned

  const a = d34 + d25
  const b = (d25 + d16) * HALF_ROOT
  const c = d16 + d07
  const rotation = (a - c) * A1
  const x = A2 * a + rotation
  const y = A3 * c + rotation
  const high = d07 + b
  const low = d07 - b
  block[from + 5 * step] = low + x
  block[from + 3 * step] = low - x
  block[from + step] = high + y
  block[from + 7 * step] = high - y
}
