import { BitWriter } from './bit-writer.ts'
import { HUFFMAN, quantizers, ZIGZAG, type HuffmanTable } from './jpeg-tables.ts'
import { forwardDct, DCT_SCALE } from './forward-dct.ts'

export interface JpegOptions {
  readonly height: number
  readonly width: number
  /** Gray or colour. */
  readonly channels: 1 | 3
  /** 1 to 100, as libjpeg scales it. */
  readonly quality: number
  readonly subsampling: '4:2:0' | '4:4:4'
}

/** One of the three planes: brightness, or one of the two colour differences. */
interface Plane {
  readonly kind: 'luminance' | 'chrominance'
  readonly samples: Float32Array
  readonly height: number
  readonly width: number
  /** Blocks per unit, along each side. */
  readonly factor: 1 | 2
}

interface Code {
  readonly codes: Uint16Array
  readonly lengths: Uint8Array
}

const BLOCK = 8
/** Zeros that one symbol stands for, and what ends a block. */
const ZERO_RUN = 0xf0
const END = 0x00

const CODES = {
  luminance: { dc: huffmanCode(HUFFMAN.luminance.dc), ac: huffmanCode(HUFFMAN.luminance.ac) },
  chrominance: { dc: huffmanCode(HUFFMAN.chrominance.dc), ac: huffmanCode(HUFFMAN.chrominance.ac) },
}

/** Pixels, channels last, as a baseline JPEG file (ITU-T T.81, with the colours of JFIF 1.02). */
export function encodeJpeg(pixels: Uint8Array, options: JpegOptions): Uint8Array {
  const { height, width, quality, subsampling } = options
  const factor = options.channels === 3 && subsampling === '4:2:0' ? 2 : 1
  const planes = splitPlanes(pixels, options, factor)
  const tables = {
    luminance: quantizers('luminance', quality),
    chrominance: quantizers('chrominance', quality),
  }
  const divisors = { luminance: divisorsOf(tables.luminance), chrominance: divisorsOf(tables.chrominance) }
  const bits = new BitWriter(headers(options, planes, tables))
  const last = new Int32Array(planes.length)
  const block = new Float32Array(64)
  const side = BLOCK * factor
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      for (const [index, plane] of planes.entries()) {
        const { kind } = plane
        const [unitTop, unitLeft] = [(top / factor) * plane.factor, (left / factor) * plane.factor]
        for (let part = 0; part < plane.factor * plane.factor; part++) {
          const y = unitTop + BLOCK * Math.floor(part / plane.factor)
          const x = unitLeft + BLOCK * (part % plane.factor)
          copyBlock(plane, y, x, block)
          forwardDct(block)
          last[index] = writeBlock(bits, block, divisors[kind], CODES[kind], last[index] as number)
        }
      }
    }
  }
  return bits.finish(Uint8Array.of(0xff, 0xd9))
}

function splitPlanes(
  pixels: Uint8Array,
  { height, width, channels }: JpegOptions,
  factor: 1 | 2,
): readonly Plane[] {
  const area = height * width
  if (channels === 1) {
    const samples = Float32Array.from(pixels, (value) => value - 128)
    return [{ kind: 'luminance', samples, height, width, factor: 1 }]
  }
  const [brightness, blue, red] = [new Float32Array(area), new Float32Array(area), new Float32Array(area)]
  for (let index = 0; index < area; index++) {
    const r = pixels[3 * index] as number
    const g = pixels[3 * index + 1] as number
    const b = pixels[3 * index + 2] as number
    brightness[index] = 0.299 * r + 0.587 * g + 0.114 * b - 128
    blue[index] = -0.168736 * r - 0.331264 * g + 0.5 * b
    red[index] = 0.5 * r - 0.418688 * g - 0.081312 * b
  }
  const plane = (samples: Float32Array): Plane =>
    factor === 1
      ? { kind: 'chrominance', samples, height, width, factor: 1 }
      : { kind: 'chrominance', ...halve(samples, height, width), factor: 1 }
  return [{ kind: 'luminance', samples: brightness, height, width, factor }, plane(blue), plane(red)]
}

/** Means of 2 × 2 samples; the last row and column stand for those beyond the edge. */
function halve(
  samples: Float32Array,
  height: number,
  width: number,
): Pick<Plane, 'samples' | 'height' | 'width'> {
  const [h, w] = [(height + 1) >> 1, (width + 1) >> 1]
  const half = new Float32Array(h * w)
  for (let y = 0; y < h; y++) {
    const above = 2 * y * width
    const below = Math.min(2 * y + 1, height - 1) * width
    for (let x = 0; x < w; x++) {
      const left = 2 * x
      const right = Math.min(left + 1, width - 1)
      half[y * w + x] =
        ((samples[above + left] as number) +
          (samples[above + right] as number) +
          (samples[below + left] as number) +
          (samples[below + right] as number)) /
        4
    }
  }
  return { samples: half, height: h, width: w }
}

/** A block of a plane; the last row and column are repeated beyond the edge. */
function copyBlock({ samples, height, width }: Plane, top: number, left: number, block: Float32Array): void {
  for (let row = 0; row < BLOCK; row++) {
    const from = Math.min(top + row, height - 1) * width
    for (let column = 0; column < BLOCK; column++)
      block[row * BLOCK + column] = samples[from + Math.min(left + column, width - 1)] as number
  }
}

/** Returns the block's mean coefficient, from which the next one is predicted. */
function writeBlock(
  bits: BitWriter,
  block: Float32Array,
  divisors: Float32Array,
  { dc, ac }: { readonly dc: Code; readonly ac: Code },
  predicted: number,
): number {
  const mean = Math.round((block[0] as number) * (divisors[0] as number))
  writeNumber(bits, dc, 0, mean - predicted)
  let zeros = 0
  for (let index = 1; index < 64; index++) {
    const place = ZIGZAG[index] as number
    const value = Math.round((block[place] as number) * (divisors[place] as number))
    if (value === 0) {
      zeros += 1
      continue
    }
    for (; zeros > 15; zeros -= 16) writeSymbol(bits, ac, ZERO_RUN)
    writeNumber(bits, ac, zeros << 4, value)
    zeros = 0
  }
  if (zeros > 0) writeSymbol(bits, ac, END)
  return mean
}

/** The number of bits as a symbol, together with `run`, and the bits; negative numbers less 1. */
function writeNumber(bits: BitWriter, code: Code, run: number, value: number): void {
  const size = 32 - Math.clz32(Math.abs(value))
  writeSymbol(bits, code, run | size)
  if (size > 0) bits.write(value < 0 ? value + (1 << size) - 1 : value, size)
}

function writeSymbol(bits: BitWriter, { codes, lengths }: Code, symbol: number): void {
  bits.write(codes[symbol] as number, lengths[symbol] as number)
}

/** Canonical codes (Annex C). */
function huffmanCode({ counts, symbols }: HuffmanTable): Code {
  const code: Code = { codes: new Uint16Array(256), lengths: new Uint8Array(256) }
  let next = 0
  let at = 0
  for (const [index, count] of counts.entries()) {
    for (let left = count; left > 0; left--) {
      const symbol = symbols[at++] as number
      code.codes[symbol] = next++
      code.lengths[symbol] = index + 1
    }
    next *= 2
  }
  return code
}

function divisorsOf(table: Uint8Array): Float32Array {
  return Float32Array.from(table, (quantizer, index) => 1 / (quantizer * (DCT_SCALE[index] as number)))
}

function headers(
  { height, width, channels }: JpegOptions,
  planes: readonly Plane[],
  tables: Readonly<Record<Plane['kind'], Uint8Array>>,
): Uint8Array {
  const kinds = channels === 1 ? (['luminance'] as const) : (['luminance', 'chrominance'] as const)
  const tableOf = ({ kind }: Plane): number => kinds.indexOf(kind as 'luminance')
  const components = planes.flatMap((plane, index) => [
    index + 1,
    (plane.factor << 4) | plane.factor,
    tableOf(plane),
  ])
  return Buffer.concat([
    Uint8Array.of(0xff, 0xd8),
    segment(0xe0, [...Buffer.from('JFIF\0'), 1, 2, 0, 0, 1, 0, 1, 0, 0]),
    ...kinds.map((kind, index) =>
      segment(0xdb, [index, ...Array.from(ZIGZAG, (place) => tables[kind][place] as number)]),
    ),
    segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, planes.length, ...components]),
    ...kinds.flatMap((kind, index) =>
      (['dc', 'ac'] as const).map((part, type) => {
        const { counts, symbols } = HUFFMAN[kind][part]
        return segment(0xc4, [(type << 4) | index, ...counts, ...symbols])
      }),
    ),
    segment(0xda, [
      planes.length,
      ...planes.flatMap((plane, index) => [index + 1, tableOf(plane) * 0x11]),
      0,
      63,
      0,
    ]),
  ])
}

function segment(marker: number, content: readonly number[]): Uint8Array {
  const length = content.length + 2
  return Uint8Array.of(0xff, marker, length >> 8, length & 255, ...content)
}
