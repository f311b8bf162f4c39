const HALF_LOG_TWO_PI = 0.9189385332046728
/** From here on the asymptotic series is exact to the last bit. */
const SERIES_FROM = 12

/** The logarithm of the gamma function, for x > 0. */
export function logGamma(x: number): number {
  let product = 1
  let shifted = x
  while (shifted < SERIES_FROM) {
    product *= shifted
    shifted += 1
  }
  const tail = (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingSeries(shifted)
  return tail - Math.log(product)
}

/** What Stirling's formula lacks: ln n! − ((n + ½) ln n − n + ½ ln 2π), for n > 0. */
export function stirlingError(n: number): number {
  if (n >= SERIES_FROM) return stirlingSeries(n)
  return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - HALF_LOG_TWO_PI
}

function stirlingSeries(x: number): number {
  const s = 1 / (x * x)
  return (
    (1 / 12 -
      s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s * (1 / 156))))))) /
    x
  )
}
