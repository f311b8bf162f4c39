import { fillBytes, type Random } from '../../plugin.ts'

/** A picture of `height` × `width` pixels, channels last, before it becomes a tensor or a file. */
export interface Canvas {
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Mean 0 and variance 1 where nothing is drawn on it. */
  readonly values: Float32Array
}

const WAVES = 4
const MOST_CYCLES = 3
/** Gray, and how far one standard deviation is from it: 98.6 % of all values are inside of 0 to 255. */
const MIDDLE = 127.5
const CONTRAST = 52

/**
 * Noise over smooth gradients. The gradients are plane waves of different frequencies, so that their mean is 0 and
 * their variance 1; noise of the share `noise` is added so that the sum's is 1 too.
 */
export function paintCanvas(
  height: number,
  width: number,
  channels: number,
  noise: number,
  random: Random,
): Canvas {
  const values = new Float32Array(height * width * channels)
  if (noise > 0) fillGrain(values, noise, random)
  const smooth = Math.sqrt(1 - noise * noise) * Math.sqrt(2 / WAVES)
  if (noise < 1) {
    for (let channel = 0; channel < channels; channel++) {
      for (let wave = 0; wave < WAVES; wave++) {
        addWave({ height, width, channels, values }, channel, wave, smooth, random)
      }
    }
  }
  return { height, width, channels, values }
}

/** Of the sum of four uniform bytes: four times (256² − 1) / 12. */
const GRAIN_MEAN = 510
const GRAIN_DEVIATION = Math.sqrt((256 * 256 - 1) / 3)

/** Noise of mean 0 and a standard deviation, nearly normal: the sum of the four bytes of a word. */
export function fillGrain(values: Float32Array, deviation: number, random: Random): void {
  const scale = deviation / GRAIN_DEVIATION
  for (let index = 0; index < values.length; index++) {
    const word = random.word()
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24)
    values[index] = (sum - GRAIN_MEAN) * scale
  }
}

function addWave(canvas: Canvas, channel: number, vertical: number, scale: number, random: Random): void {
  const { height, width, channels, values } = canvas
  const horizontal = 1 + random.int(MOST_CYCLES)
  const phase = random.next() * 2 * Math.PI
  // cos(a + b) from two tables, one for the rows and one for the columns.
  const columns = Float64Array.from({ length: 2 * width }, (_, index) => {
    const angle = (2 * Math.PI * horizontal * (index >> 1)) / width
    return index % 2 === 0 ? Math.cos(angle) : Math.sin(angle)
  })
  for (let y = 0; y < height; y++) {
    const angle = (2 * Math.PI * vertical * y) / height + phase
    const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale]
    let at = y * width * channels + channel
    for (let x = 0; x < width; x++, at += channels)
      values[at]! += cos * (columns[2 * x] as number) - sin * (columns[2 * x + 1] as number)
  }
}

/** Filled rectangles, each between a sixteenth and half of the sides, in a colour of its own. */
export function drawRectangles(canvas: Canvas, count: number, random: Random): void {
  const { height, width, channels, values } = canvas
  for (let drawn = 0; drawn < count; drawn++) {
    const h = Math.max(1, Math.floor(height * (1 / 16 + random.next() * (7 / 16))))
    const w = Math.max(1, Math.floor(width * (1 / 16 + random.next() * (7 / 16))))
    const top = random.int(height - h + 1)
    const left = random.int(width - w + 1)
    const colour = Float32Array.from({ length: channels }, () => random.next() * 4 - 2)
    for (let y = top; y < top + h; y++) {
      for (let x = left; x < left + w; x++) values.set(colour, (y * width + x) * channels)
    }
  }
}

/** As 8-bit pixels, channels last. */
export function toPixels({ values }: Pick<Canvas, 'values'>): Uint8Array {
  const pixels = new Uint8Array(values.length)
  for (let index = 0; index < values.length; index++) {
    const value = MIDDLE + CONTRAST * (values[index] as number) + 0.5
    pixels[index] = value < 0 ? 0 : value > 255 ? 255 : value
  }
  return pixels
}

/** Pixels of noise alone: all values equally frequent. */
export function noisePixels(count: number, random: Random): Uint8Array {
  return fillBytes(new Uint8Array(count), random)
}

/** Moves the channels of one picture from last to first. */
export function channelsFirst<T extends Float32Array | Uint8Array>(from: T, channels: number, to: T): void {
  const area = from.length / channels
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0, at = channel; pixel < area; pixel++, at += channels)
      to[channel * area + pixel] = from[at] as number
  }
}
