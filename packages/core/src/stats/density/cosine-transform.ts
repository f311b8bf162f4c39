/**
 * The cosine transform (DCT-II) c[k] = Σ x[i] cos(πk(2i+1) ÷ 2n) by a Fourier transform of the same length.
 * J. Makhoul, "A fast cosine transform in one and two dimensions", IEEE TASSP 28, 1980.
 *
 * @param values of which there are a power of two
 */
export function cosineTransform(values: Float64Array): Float64Array {
  const n = values.length
  const real = new Float64Array(n)
  const imaginary = new Float64Array(n)
  for (let i = 0; i < n / 2; i++) {
    real[i] = values[2 * i] as number
    real[n - 1 - i] = values[2 * i + 1] as number
  }
  fourierTransform(real, imaginary)
  const result = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * k) / (2 * n)
    result[k] = (real[k] as number) * Math.cos(angle) + (imaginary[k] as number) * Math.sin(angle)
  }
  return result
}

/** What {@link cosineTransform} was made of. */
export function inverseCosineTransform(coefficients: Float64Array): Float64Array {
  const n = coefficients.length
  const real = new Float64Array(n)
  const imaginary = new Float64Array(n)
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * k) / (2 * n)
    const own = coefficients[k] as number
    const other = k === 0 ? 0 : (coefficients[n - k] as number)
    // The conjugate: the inverse of a transform is the conjugate of that of the conjugate.
    real[k] = own * Math.cos(angle) + other * Math.sin(angle)
    imaginary[k] = other * Math.cos(angle) - own * Math.sin(angle)
  }
  fourierTransform(real, imaginary)
  const result = new Float64Array(n)
  for (let i = 0; i < n / 2; i++) {
    result[2 * i] = (real[i] as number) / n
    result[2 * i + 1] = (real[n - 1 - i] as number) / n
  }
  return result
}

/** In place, radix 2. */
function fourierTransform(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      swap(real, i, j)
      swap(imaginary, i, j)
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size
      const cosine = Math.cos(angle)
      const sine = Math.sin(angle)
      for (let at = k; at < n; at += size) {
        const to = at + half
        const re = (real[to] as number) * cosine - (imaginary[to] as number) * sine
        const im = (real[to] as number) * sine + (imaginary[to] as number) * cosine
        real[to] = (real[at] as number) - re
        imaginary[to] = (imaginary[at] as number) - im
        real[at] = (real[at] as number) + re
        imaginary[at] = (imaginary[at] as number) + im
      }
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i] as number
  values[i] = values[j] as number
  values[j] = kept
}
