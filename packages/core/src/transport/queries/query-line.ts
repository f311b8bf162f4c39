const SLASH = 47

/** What is wrong with a line that should be the path and query of a request; `null` when it can be sent as it is. */
export function pathProblem(bytes: Uint8Array, start: number, end: number): string | null {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte > 32 && byte < 127) continue
    if (byte === 32) return `has a space in column ${at - start + 1}: percent-encode it`
    const code = byte.toString(16).padStart(2, '0')
    return `has the byte 0x${code} in column ${at - start + 1}: percent-encode it`
  }
  if (bytes[start] === SLASH) return null
  if (isWholeUrl(bytes, start, end)) return 'is a whole URL: leave out what the target says, scheme and host'
  return "does not begin with '/'"
}

/** What is wrong with a body in base64 (RFC 4648 §4; line ends are ignored); `null` when nothing is. */
export function base64Problem(bytes: Uint8Array, start: number, end: number): string | null {
  let digits = 0
  let padding = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === 10 || byte === 13) continue
    if (byte === 61) padding += 1
    else if (padding > 0 || DIGITS[byte] === NONE) return 'has a body that is not base64'
    else digits += 1
  }
  return padding <= 2 && (digits + padding) % 4 === 0 ? null : 'has a body in base64 that is not whole'
}

/**
 * Decodes base64 that has no problem.
 * @returns how many bytes were written to `target`, from `at` on
 */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let bits = 0
  let width = 0
  let to = at
  for (let from = start; from < end; from++) {
    const digit = DIGITS[bytes[from] as number] as number
    if (digit === NONE) continue
    bits = ((bits << 6) | digit) & 0xffff
    width += 6
    if (width < 8) continue
    width -= 8
    target[to++] = (bits >> width) & 255
  }
  return to - at
}

const NONE = 255
const DIGITS: Uint8Array = new Uint8Array(256).fill(NONE)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (let digit = 0; digit < 64; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit

const SCHEMES = [Buffer.from('http://'), Buffer.from('https://')]

function isWholeUrl(bytes: Uint8Array, start: number, end: number): boolean {
  return SCHEMES.some(
    (scheme) =>
      end - start > scheme.length &&
      scheme.every((byte, index) => ((bytes[start + index] as number) | 32) === (byte | 32)),
  )
}
