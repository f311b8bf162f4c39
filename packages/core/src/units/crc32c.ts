/** CRC-32C (Castagnoli, RFC 3720 §B.4): the polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78
const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let index = 0; index < bytes.length; index++)
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] as number)) & 255] as number)
  return (crc ^ 0xffffffff) >>> 0
}

const MASK_DELTA = 0xa282ead8

/** As record files have it, so that a checksum of data with checksums in it stays one. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}
