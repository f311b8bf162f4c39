/**
 * The rows' positions in the order of their units (and of the steps within a unit). Units are whole numbers, mostly
 * consecutive, so scattering them is linear; only sparse ones are sorted.
 */
export function orderByUnit(units: Float64Array, steps: Float64Array): Uint32Array {
  const count = units.length
  const order = new Uint32Array(count)
  let first = Infinity
  let last = -Infinity
  let widest = 0
  let sorted = true
  for (let row = 0; row < count; row++) {
    const unit = units[row] as number
    if (unit < first) first = unit
    if (unit > last) last = unit
    if ((steps[row] as number) > widest) widest = steps[row] as number
    if (row > 0 && unit < (units[row - 1] as number)) sorted = false
    order[row] = row
  }
  if (sorted && widest === 0) return order
  const width = widest + 1
  const span = (last - first + 1) * width
  if (span > count * 4 + 1024) {
    return order.sort(
      (a, b) => (units[a] as number) - (units[b] as number) || (steps[a] as number) - (steps[b] as number),
    )
  }
  const places = new Int32Array(span).fill(-1)
  const rest: number[] = []
  for (let row = 0; row < count; row++) {
    const place = ((units[row] as number) - first) * width + (steps[row] as number)
    if (places[place] === -1) places[place] = row
    else rest.push(row)
  }
  let position = 0
  for (let place = 0; place < span; place++) {
    const row = places[place] as number
    if (row >= 0) order[position++] = row
  }
  for (const row of rest) order[position++] = row
  return order
}
