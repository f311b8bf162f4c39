import type { Patch, PatchPoint } from './session.ts'

const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const TRUE = Uint8Array.from('true ', (letter) => letter.charCodeAt(0))
const FALSE = Uint8Array.from('false', (letter) => letter.charCodeAt(0))
const SPACE = 0x20
const TWO_32 = 4294967296

/** A patch to overwrite: all of them have one shape, which keeps whoever reads them fast. */
export function blankPatch(): Patch {
  return { unit: 0, saltLow: 0, saltHigh: 0, sequence: 0, start: true, end: true, user: -1, attempt: 0 }
}

/**
 * Writes the fields of one request into a copy of its payload.
 * @param target the copy
 * @param base where the payload's first byte lies in `target`
 */
export function applyPatches(
  target: Uint8Array,
  base: number,
  points: readonly PatchPoint[],
  patch: Patch,
): void {
  for (let index = 0; index < points.length; index++) {
    const point = points[index] as PatchPoint
    const at = base + point.offset
    let low = 0
    let high = 0
    if (point.field === 'salt') {
      low = patch.saltLow
      high = patch.saltHigh
    } else {
      const value =
        point.field === 'unit'
          ? patch.unit
          : point.field === 'sequence'
            ? patch.sequence
            : Number(point.field === 'start' ? patch.start : patch.end)
      low = value % TWO_32
      high = (value - low) / TWO_32
    }
    switch (point.encoding) {
      case 'decimal':
        writeDecimal(target, at, point.length, high * TWO_32 + low)
        break
      case 'hex':
        writeHex(target, at, point.length, low, high)
        break
      case 'u64le':
        writeWord(target, at, low)
        writeWord(target, at + 4, high)
        break
      case 'varint':
        writeVarint(target, at, low, high)
        break
      case 'bool':
        target.set(low === 0 ? FALSE : TRUE, at)
        break
      case 'byte':
        target[at] = low === 0 ? 0 : 1
        break
    }
  }
}

function writeDecimal(target: Uint8Array, at: number, length: number, value: number): void {
  let digits = 1
  for (let bound = 10; value >= bound && digits < length; bound *= 10) digits += 1
  for (let index = digits; index < length; index++) target[at + index] = SPACE
  let rest = value
  for (let index = digits - 1; index >= 0; index--) {
    const quotient = Math.floor(rest / 10)
    target[at + index] = 0x30 + (rest - quotient * 10)
    rest = quotient
  }
}

function writeHex(target: Uint8Array, at: number, length: number, low: number, high: number): void {
  let lowRest = low >>> 0
  let highRest = high >>> 0
  for (let index = length - 1; index >= 0; index--) {
    target[at + index] = HEX[lowRest & 15] as number
    lowRest = (lowRest >>> 4) | ((highRest & 15) << 28)
    highRest >>>= 4
  }
}

function writeWord(target: Uint8Array, at: number, word: number): void {
  target[at] = word & 255
  target[at + 1] = (word >>> 8) & 255
  target[at + 2] = (word >>> 16) & 255
  target[at + 3] = (word >>> 24) & 255
}

/** Ten bytes whatever the value: the continuation bit is set on the first nine (protobuf readers accept the padding). */
function writeVarint(target: Uint8Array, at: number, low: number, high: number): void {
  let lowRest = low >>> 0
  let highRest = high >>> 0
  for (let index = 0; index < 10; index++) {
    target[at + index] = (lowRest & 127) | (index < 9 ? 128 : 0)
    lowRest = ((lowRest >>> 7) | ((highRest & 127) << 25)) >>> 0
    highRest >>>= 7
  }
}
