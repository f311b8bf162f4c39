/** Of ITU-T T.81, Annex K: what nearly all encoders use. Coefficients are in zigzag order. */

/** Where the k-th coefficient of a block of 8 × 8 lies (Figure A.6). */
export const ZIGZAG: Uint8Array = zigzag()

/** Tables K.1 and K.2, in rows. */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
]
const CHROMINANCE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99,
]
const COARSEST = 99

/** Scaled as libjpeg does (`jpeg_quality_scaling`): 50 are the tables themselves. In rows. */
export function quantizers(kind: 'luminance' | 'chrominance', quality: number): Uint8Array {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality
  const base = kind === 'luminance' ? LUMINANCE : CHROMINANCE
  return Uint8Array.from({ length: 64 }, (_, index) =>
    Math.min(255, Math.max(1, Math.floor(((base[index] ?? COARSEST) * scale + 50) / 100))),
  )
}

/** How many codes there are of each length from 1 to 16, and the symbols by ascending code. */
export interface HuffmanTable {
  readonly counts: readonly number[]
  readonly symbols: readonly number[]
}

const DC_SYMBOLS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

/** Tables K.3 to K.6. */
export const HUFFMAN: Readonly<
  Record<'luminance' | 'chrominance', Readonly<Record<'dc' | 'ac', HuffmanTable>>>
> = {
  luminance: {
    dc: { counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: DC_SYMBOLS },
    ac: {
      counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
      symbols: bytesOf(
        '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a' +
          '3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a929394' +
          '95969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8' +
          'e9eaf1f2f3f4f5f6f7f8f9fa',
      ),
    },
  },
  chrominance: {
    dc: { counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], symbols: DC_SYMBOLS },
    ac: {
      counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
      symbols: bytesOf(
        '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728' +
          '292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92' +
          '939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7' +
          'e8e9eaf2f3f4f5f6f7f8f9fa',
      ),
    },
  },
}

function bytesOf(digits: string): readonly number[] {
  return [...Buffer.from(digits, 'hex')]
}

function zigzag(): Uint8Array {
  const order = new Uint8Array(64)
  let [row, column] = [0, 0]
  for (let index = 0; index < 64; index++) {
    order[index] = row * 8 + column
    const up = (row + column) % 2 === 0
    if (up && column === 7) row += 1
    else if (up && row === 0) column += 1
    else if (!up && row === 7) column += 1
    else if (!up && column === 0) row += 1
    else {
      row += up ? -1 : 1
      column += up ? 1 : -1
    }
  }
  return order
}
