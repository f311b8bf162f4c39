import { crc32, deflateSync } from 'node:zlib'

export interface PngOptions {
  readonly height: number
  readonly width: number
  /** Gray, colour, or colour with opacity; 8 bits each. */
  readonly channels: 1 | 3 | 4
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 } as const
const BITS = 8
const PAETH = 4

/** Pixels, channels last, as a PNG file (ISO/IEC 15948) whose rows are all filtered by Paeth's predictor. */
export function encodePng(pixels: Uint8Array, { height, width, channels }: PngOptions): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = BITS
  header[9] = COLOUR_TYPES[channels]
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filterRows(pixels, height, width * channels, channels))),
    chunk('IEND', new Uint8Array()),
  ])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}

function filterRows(pixels: Uint8Array, height: number, stride: number, channels: number): Uint8Array {
  const rows = new Uint8Array(height * (stride + 1))
  for (let y = 0; y < height; y++) {
    const from = y * stride
    const to = y * (stride + 1)
    rows[to] = PAETH
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : (pixels[from + x - channels] as number)
      const up = y === 0 ? 0 : (pixels[from + x - stride] as number)
      const corner = x < channels || y === 0 ? 0 : (pixels[from + x - stride - channels] as number)
      rows[to + 1 + x] = (pixels[from + x] as number) - predict(left, up, corner)
    }
  }
  return rows
}

function predict(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
