/**
 * The Huffman code of HPACK (RFC 7541, appendix B). It is canonical (among codes of equal length the order is that of
 * the symbols), so the lengths alone define it. Symbol 256 marks the end and never occurs in valid input.
 */
const END = 256
const SHORTEST = 5
const LONGEST = 30
const LENGTHS = Uint8Array.from([
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
])

const CODES = new Uint32Array(END + 1)
/** Symbols in the order of their codes. */
const SYMBOLS = new Uint16Array(END + 1)
/** Of each length: the first code, how many there are, and the first one's place in `SYMBOLS`. */
const FIRST = new Uint32Array(LONGEST + 1)
const COUNT = new Uint32Array(LONGEST + 1)
const PLACE = new Uint16Array(LONGEST + 1)

for (let length = SHORTEST, code = 0, place = 0; length <= LONGEST; length++, code *= 2) {
  FIRST[length] = code
  PLACE[length] = place
  for (let symbol = 0; symbol <= END; symbol++) {
    if (LENGTHS[symbol] !== length) continue
    CODES[symbol] = code++
    SYMBOLS[place++] = symbol
  }
  COUNT[length] = place - (PLACE[length] as number)
}

/** How many bytes `source` takes when encoded. */
export function huffmanLength(source: Uint8Array): number {
  let bits = 0
  for (const byte of source) bits += LENGTHS[byte] as number
  return (bits + 7) >>> 3
}

/** Encodes `source` into `target`, which must have room for {@link huffmanLength} bytes. */
export function huffmanEncode(source: Uint8Array, target: Uint8Array, at: number): void {
  let place = at
  let pending = 0
  let bits = 0
  for (const byte of source) {
    const code = CODES[byte] as number
    for (let left = (LENGTHS[byte] as number) - 1; left >= 0; left--) {
      pending = (pending << 1) | ((code >>> left) & 1)
      if (++bits === 8) {
        target[place++] = pending
        pending = 0
        bits = 0
      }
    }
  }
  if (bits > 0) target[place] = (pending << (8 - bits)) | (0xff >>> bits)
}

/**
 * Decodes `source[start, end)` into `target`, which must have room for 8 / 5 of its length.
 * @returns the number of bytes written, −1 when the input is invalid (the end symbol, or wrong padding)
 */
export function huffmanDecode(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let written = 0
  let code = 0
  let length = 0
  for (let at = start; at < end; at++) {
    const byte = source[at] as number
    for (let shift = 7; shift >= 0; shift--) {
      code = (code << 1) | ((byte >>> shift) & 1)
      length += 1
      const rank = code - (FIRST[length] as number)
      if (rank < 0 || rank >= (COUNT[length] as number)) continue
      const symbol = SYMBOLS[(PLACE[length] as number) + rank] as number
      if (symbol === END) return -1
      target[written++] = symbol
      code = 0
      length = 0
    }
  }
  // What is left must be the beginning of the end symbol (only ones) and shorter than a byte.
  return length < 8 && code === (1 << length) - 1 ? written : -1
}
