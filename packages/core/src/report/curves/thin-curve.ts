/**
 * Which points of a curve to keep so that the lines between them stay close to it: again and again the one that is farthest
 * from its line, upwards or downwards. The ends are always kept.
 * @param xs rising
 */
export function thinCurve(xs: ArrayLike<number>, ys: ArrayLike<number>, most: number): readonly number[] {
  const last = xs.length - 1
  if (xs.length <= most) return Array.from({ length: xs.length }, (_, index) => index)
  const parts = [farthest(xs, ys, 0, last)]
  while (parts.length + 1 < most) {
    const at = parts.reduce(
      (best, part, index) => (part.distance > (parts[best] as Part).distance ? index : best),
      0,
    )
    const { from, to, middle, distance } = parts[at] as Part
    if (distance === 0) break
    parts.splice(at, 1, farthest(xs, ys, from, middle), farthest(xs, ys, middle, to))
  }
  return [0, ...parts.map(({ to }) => to)]
}

interface Part {
  readonly from: number
  readonly to: number
  /** Of its points the one that is farthest from the line between its ends. */
  readonly middle: number
  readonly distance: number
}

function farthest(xs: ArrayLike<number>, ys: ArrayLike<number>, from: number, to: number): Part {
  const [left, right] = [xs[from] as number, xs[to] as number]
  const [low, high] = [ys[from] as number, ys[to] as number]
  let middle = from
  let distance = 0
  for (let index = from + 1; index < to; index++) {
    const line = low + ((high - low) * ((xs[index] as number) - left)) / (right - left)
    const away = Math.abs((ys[index] as number) - line)
    if (away > distance) {
      distance = away
      middle = index
    }
  }
  return { from, to, middle, distance }
}
