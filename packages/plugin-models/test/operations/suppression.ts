import type { Operator, Values } from '../evaluate.ts'

/** Boxes as centre and size: the best first, and none that covers a better one of its class too much. */
export const suppress: Operator = ([boxes, scores, most, overlap, least]) => {
  const [batch, classes, anchors] = (scores as Values).shape as [number, number, number]
  const value = (x: Values | undefined): number => (x as Values).data[0] as number
  const box = (item: number, anchor: number): number[] => {
    const offset = (item * anchors + anchor) * 4
    const [x, y, width, height] = (boxes as Values).data.subarray(offset, offset + 4) as unknown as [
      number,
      number,
      number,
      number,
    ]
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
  }
  const rows: number[] = []
  for (let item = 0; item < batch; item++) {
    for (let kind = 0; kind < classes; kind++) {
      const score = (anchor: number): number =>
        (scores as Values).data[(item * classes + kind) * anchors + anchor] as number
      const candidates = Array.from({ length: anchors }, (_, anchor) => anchor)
        .filter((anchor) => score(anchor) > value(least))
        .sort((a, b) => score(b) - score(a))
      const kept: number[] = []
      for (const anchor of candidates) {
        if (kept.length === value(most)) break
        if (kept.every((other) => intersection(box(item, anchor), box(item, other)) <= value(overlap)))
          kept.push(anchor)
      }
      rows.push(...kept.flatMap((anchor) => [item, kind, anchor]))
    }
  }
  return [{ shape: [rows.length / 3, 3], data: Float64Array.from(rows) }]
}

/** Over union. */
function intersection(a: number[], b: number[]): number {
  const side = (axis: number): number =>
    Math.max(
      0,
      Math.min(a[axis + 2] as number, b[axis + 2] as number) - Math.max(a[axis] as number, b[axis] as number),
    )
  const area = (one: number[]): number =>
    Math.max(0, (one[2] as number) - (one[0] as number)) *
    Math.max(0, (one[3] as number) - (one[1] as number))
  const both = side(0) * side(1)
  return both / (area(a) + area(b) - both)
}
