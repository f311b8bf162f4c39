import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../plugin.ts'
import { drawRectangles, noisePixels, paintCanvas, toPixels } from '../picture.ts'
import { encodeJpeg } from './jpeg.ts'
import { LogMel } from './log-mel.ts'
import { encodePng } from './png.ts'
import { encodeWav } from './wav.ts'

function picture(height: number, width: number, channels: number, noise = 0): Uint8Array {
  const random = new Random([1, 2, 3, height * width])
  const canvas = paintCanvas(height, width, channels, noise, random)
  drawRectangles(canvas, 2, random)
  return toPixels(canvas)
}

/** By libspng and libjpeg-turbo. */
async function decode(
  file: Uint8Array,
): Promise<{ pixels: Buffer; width: number; height: number; channels: number }> {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height, channels: info.channels }
}

const SIZES = [
  [1, 1],
  [8, 8],
  [17, 31],
  [64, 48],
  [33, 16],
] as const

describe('PNG', () => {
  it.each(SIZES)('%d × %d comes back as it was', async (height, width) => {
    for (const channels of [3, 4] as const) {
      const pixels = noisePixels(height * width * channels, new Random([height, width, channels, 4]))
      const file = encodePng(pixels, { height, width, channels })
      expect(await decode(file)).toMatchObject({ width, height, channels })
      expect(Buffer.compare((await decode(file)).pixels, pixels)).toBe(0)
    }
    const gray = picture(height, width, 1)
    const { data } = await sharp(encodePng(gray, { height, width, channels: 1 }))
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(Buffer.compare(data, gray)).toBe(0)
  })

  it('is smaller where it is smooth', () => {
    const size = (noise: number): number =>
      encodePng(picture(64, 64, 3, noise), { height: 64, width: 64, channels: 3 }).length
    expect(size(0)).toBeLessThan(size(1) * 0.7)
  })
})

describe('JPEG', () => {
  const error = (a: Uint8Array, b: Uint8Array): number =>
    Math.sqrt(a.reduce((sum, value, index) => sum + (value - (b[index] as number)) ** 2, 0) / a.length)

  it.each(SIZES)('%d × %d is near to what it was, in colour and in gray', async (height, width) => {
    for (const subsampling of ['4:2:0', '4:4:4'] as const) {
      const pixels = toPixels(paintCanvas(height, width, 3, 0, new Random([1, 1, height, width])))
      const file = encodeJpeg(pixels, { height, width, channels: 3, quality: 95, subsampling })
      const metadata = await sharp(file).metadata()
      expect(metadata).toMatchObject({ format: 'jpeg', width, height, chromaSubsampling: subsampling })
      // Where there are few pixels, halved colours are far from what they were.
      const near = subsampling === '4:4:4' ? 5 : height * width < 600 ? 40 : 12
      expect(error(pixels, (await decode(file)).pixels)).toBeLessThan(near)
    }
    const gray = picture(height, width, 1)
    const file = encodeJpeg(gray, { height, width, channels: 1, quality: 95, subsampling: '4:2:0' })
    const { data } = await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
    expect(error(gray, data)).toBeLessThan(4)
  })

  it('is as good as what libjpeg makes of the same quality, and about as large', async () => {
    const [height, width] = [120, 160]
    const pixels = picture(height, width, 3, 0.1)
    for (const quality of [10, 50, 75, 90, 100]) {
      const own = encodeJpeg(pixels, { height, width, channels: 3, quality, subsampling: '4:4:4' })
      const other = await sharp(pixels, { raw: { height, width, channels: 3 } })
        .jpeg({ quality, chromaSubsampling: '4:4:4', optimiseCoding: false })
        .toBuffer()
      expect(Math.abs(own.length / other.length - 1)).toBeLessThan(0.05)
      const [a, b] = [error(pixels, (await decode(own)).pixels), error(pixels, (await decode(other)).pixels)]
      expect(Math.abs(a - b)).toBeLessThan(0.3)
    }
  })

  it('survives what is hardest to encode', async () => {
    const [height, width] = [40, 40]
    const extremes = Uint8Array.from({ length: height * width * 3 }, (_, index) => ((index * 7919) % 2) * 255)
    for (const quality of [1, 100]) {
      const file = encodeJpeg(extremes, { height, width, channels: 3, quality, subsampling: '4:4:4' })
      const { pixels } = await decode(file)
      if (quality === 100) expect(error(extremes, pixels)).toBeLessThan(3)
    }
  })
})

it('writes WAV files', () => {
  const samples = Float32Array.of(0, 0.5, -1, 1, 2)
  const file = Buffer.from(encodeWav(samples, 16_000))
  expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ')
  expect(file.readUInt32LE(4)).toBe(file.length - 8)
  expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24)]).toEqual([1, 1, 16_000])
  const values = Array.from(samples, (_, index) => file.readInt16LE(44 + 2 * index))
  expect(values).toEqual([0, 16_384, -32_767, 32_767, 32_767])
})

describe('log-mel', () => {
  const tones = Float32Array.from({ length: 16_000 }, (_, index) => {
    const time = (2 * Math.PI * index) / 16_000
    return 0.5 * Math.sin(440 * time) + 0.1 * Math.sin(3000 * time)
  })

  it('is what NumPy makes of its definition', () => {
    const values = new LogMel(16_000, 20).transform(tones)
    const expected = JSON.parse(
      readFileSync(new URL('../../../../test/fixtures/datasets/log-mel.json', import.meta.url), 'utf8'),
    ) as number[]
    const every = Array.from(values).filter((_, index) => (index % 100) % 10 === 0)
    expect(every).toHaveLength(expected.length)
    for (const [index, value] of every.entries())
      expect(Math.abs(value - (expected[index] as number))).toBeLessThan(1e-3)
  })

  it('is the same everywhere for silence', () => {
    const values = new LogMel(16_000, 8).transform(new Float32Array(1600))
    expect(new Set(values).size).toBe(1)
    expect(values).toHaveLength(80)
  })
})
