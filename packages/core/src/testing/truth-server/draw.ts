/**
 * Seeded random numbers that depend on their position only, so that request 1 000 has the same service time whatever
 * happened to the 999 before it. The mixer is the 32-bit finaliser of MurmurHash3.
 */
export function uniform(seed: number, purpose: number, index: number): number {
  const key = mix(Math.imul(seed | 0, 0x9e3779b1) ^ mix(purpose + 0x7f4a7c15))
  const high = mix(key ^ mix(index ^ 0x2545f491)) >>> 5
  const low = mix(key ^ mix(index ^ 0x6c078965)) >>> 6
  return (high * 67108864 + low) / 9007199254740992
}

/** Standard normal, by Box and Muller. */
export function normal(seed: number, purpose: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log1p(-uniform(seed, purpose, index)))
  return radius * Math.cos(2 * Math.PI * uniform(seed, purpose + 1, index))
}

/** So many pseudo-random bytes; the first is never a letter, so that no parser takes them for a start line. */
export function randomBytes(seed: number, index: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count)
  for (let at = 0; at < count; at++) bytes[at] = mix(mix(seed) ^ mix(index) ^ Math.imul(at + 1, 0x9e3779b1))
  if (count > 0) bytes[0] = 0x80 | (bytes[0] as number)
  return bytes
}

function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
