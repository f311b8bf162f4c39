/** Seconds of a window, and from one to the next. */
const WINDOW = 0.025
const HOP = 0.01
const FLOOR = 1e-10
/** Below the loudest band of a recording everything is cut off, in decades of power. */
const RANGE = 8

/**
 * Log-mel spectrograms as Whisper computes them: windows of 25 ms every 10 ms by Hann, power in mel bands (Slaney's scale
 * and norm), log₁₀, at most eight decades below the loudest, and (x + 4) / 4. Windows are zero-padded to a power of two.
 */
export class LogMel {
  readonly #window: Float64Array
  readonly #hop: number
  readonly #size: number
  readonly #bands: readonly Band[]
  readonly #real: Float64Array
  readonly #imaginary: Float64Array
  readonly #cosines: Float64Array

  constructor(rate: number, mels: number) {
    const length = Math.round(WINDOW * rate)
    this.#hop = Math.round(HOP * rate)
    let size = 2
    while (size < length) size *= 2
    this.#size = size
    this.#window = Float64Array.from(
      { length },
      (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / length),
    )
    this.#bands = melBands(rate, size, mels)
    this.#real = new Float64Array(size)
    this.#imaginary = new Float64Array(size)
    this.#cosines = Float64Array.from({ length: size }, (_, index) => Math.cos((2 * Math.PI * index) / size))
  }

  frames(samples: number): number {
    return Math.max(1, Math.floor(samples / this.#hop))
  }

  /** Bands first: `[mels, frames]`. */
  transform(samples: Float32Array): Float32Array {
    const frames = this.frames(samples.length)
    const values = new Float32Array(this.#bands.length * frames)
    let loudest = -Infinity
    for (let frame = 0; frame < frames; frame++) {
      this.#loadWindow(samples, frame * this.#hop)
      this.#transformWindow()
      for (const [index, { first, weights }] of this.#bands.entries()) {
        let power = 0
        for (let at = 0; at < weights.length; at++) {
          const [x, y] = [this.#real[first + at] as number, this.#imaginary[first + at] as number]
          power += (weights[at] as number) * (x * x + y * y)
        }
        const value = Math.log10(Math.max(FLOOR, power))
        loudest = Math.max(loudest, value)
        values[index * frames + frame] = value
      }
    }
    for (let index = 0; index < values.length; index++)
      values[index] = (Math.max(values[index] as number, loudest - RANGE) + 4) / 4
    return values
  }

  /** Centred at `middle`; beyond the edges is silence. */
  #loadWindow(samples: Float32Array, middle: number): void {
    const from = middle - (this.#window.length >> 1)
    this.#real.fill(0)
    this.#imaginary.fill(0)
    for (let index = 0; index < this.#window.length; index++)
      this.#real[index] = (samples[from + index] ?? 0) * (this.#window[index] as number)
  }

  /** The fast Fourier transform by Cooley and Tukey, in place. */
  #transformWindow(): void {
    const [real, imaginary, size] = [this.#real, this.#imaginary, this.#size]
    for (let index = 1, reversed = 0; index < size; index++) {
      let bit = size >> 1
      for (; reversed & bit; bit >>= 1) reversed ^= bit
      reversed ^= bit
      if (index < reversed) {
        const swap = real[index] as number
        real[index] = real[reversed] as number
        real[reversed] = swap
      }
    }
    const quarter = size >> 2
    for (let span = 2; span <= size; span *= 2) {
      const half = span >> 1
      const step = size / span
      for (let start = 0; start < size; start += span) {
        for (let index = 0; index < half; index++) {
          const cos = this.#cosines[index * step] as number
          // −sin(x) = cos(x + 90°)
          const sin = this.#cosines[(index * step + quarter) % size] as number
          const [even, odd] = [start + index, start + index + half]
          const x = (real[odd] as number) * cos - (imaginary[odd] as number) * sin
          const y = (real[odd] as number) * sin + (imaginary[odd] as number) * cos
          real[odd] = (real[even] as number) - x
          imaginary[odd] = (imaginary[even] as number) - y
          real[even]! += x
          imaginary[even]! += y
        }
      }
    }
  }
}

/** Weights of frequencies, from the first one on that is not 0. */
interface Band {
  readonly first: number
  readonly weights: Float64Array
}

/** Triangles between neighbouring mel frequencies, of area 1 in Hz. */
function melBands(rate: number, size: number, mels: number): readonly Band[] {
  const most = toMel(rate / 2)
  const edges = Array.from({ length: mels + 2 }, (_, index) => toHertz((most * index) / (mels + 1)))
  return Array.from({ length: mels }, (_, band) => {
    const [low, middle, high] = edges.slice(band, band + 3) as [number, number, number]
    const first = Math.max(0, Math.ceil((low * size) / rate))
    const last = Math.min(size >> 1, Math.floor((high * size) / rate))
    const weights = Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
      const hertz = ((first + index) * rate) / size
      const rise = (hertz - low) / (middle - low)
      const fall = (high - hertz) / (high - middle)
      return (Math.max(0, Math.min(rise, fall)) * 2) / (high - low)
    })
    return { first, weights }
  })
}

/** Slaney's scale: linear up to 1 kHz, then logarithmic, 27 mels for each factor of 6.4. */
const LINEAR = 200 / 3
const BREAK_HERTZ = 1000
const BREAK_MEL = BREAK_HERTZ / LINEAR
const STEP = Math.log(6.4) / 27

function toMel(hertz: number): number {
  return hertz < BREAK_HERTZ ? hertz / LINEAR : BREAK_MEL + Math.log(hertz / BREAK_HERTZ) / STEP
}

function toHertz(mel: number): number {
  return mel < BREAK_MEL ? mel * LINEAR : BREAK_HERTZ * Math.exp((mel - BREAK_MEL) * STEP)
}
