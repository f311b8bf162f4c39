/** Rows of numbers, and the few things that formulas of nets are written with. */
export type Matrix = readonly (readonly number[])[]

export function product(a: Matrix, b: Matrix): number[][] {
  return a.map((row) =>
    (b[0] as readonly number[]).map((_, column) =>
      dot(
        row,
        b.map((other) => other[column] as number),
      ),
    ),
  )
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0)
}

export function plus(a: Matrix, b: Matrix): number[][] {
  return a.map((row, index) => row.map((value, column) => value + (b[index]?.[column] as number)))
}

export function plusRow(a: Matrix, row: readonly number[]): number[][] {
  return a.map((values) => values.map((value, column) => value + (row[column] as number)))
}

export function each(a: Matrix, of: (value: number) => number): number[][] {
  return a.map((row) => row.map(of))
}

export function columns(a: Matrix, from: number, to: number): number[][] {
  return a.map((row) => row.slice(from, to))
}

export function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row)
  const powers = row.map((value) => Math.exp(value - top))
  const total = powers.reduce((sum, value) => sum + value, 0)
  return powers.map((value) => value / total)
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
