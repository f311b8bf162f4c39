import type { Random } from '../prng.ts'

const TWO_31 = 2_147_483_648

/** Standard normals by Marsaglia's polar method, two of each pair of 32-bit words that it accepts. */
export function fillNormals<T extends Float32Array | Float64Array>(values: T, random: Random): T {
  const { length } = values
  for (let index = 0; index < length;) {
    const x = random.word() / TWO_31 - 1
    const y = random.word() / TWO_31 - 1
    const square = x * x + y * y
    if (square >= 1 || square === 0) continue
    const scale = Math.sqrt((-2 * Math.log(square)) / square)
    values[index++] = x * scale
    if (index < length) values[index++] = y * scale
  }
  return values
}

/** Uniform bytes, four of each word: the same on machines of either byte order. */
export function fillBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const whole = bytes.length & ~3
  for (let index = 0; index < whole; index += 4) {
    const word = random.word()
    bytes[index] = word
    bytes[index + 1] = word >>> 8
    bytes[index + 2] = word >>> 16
    bytes[index + 3] = word >>> 24
  }
  for (let index = whole; index < bytes.length; index++) bytes[index] = random.word()
  return bytes
}
