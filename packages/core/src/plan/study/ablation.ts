import type { StudySpace } from './space.ts'

/** Pairs of changes are measured up to so many changes: their number grows with the square. */
const MOST_PAIRED = 4

/**
 * Configurations between two: the first with one change towards the second, the second with one change taken back, and,
 * where there are few changes, the first with two of them, which shows whether they add up.
 */
export function ablations(space: StudySpace, from: number, to: number): readonly number[] {
  const start = space.at(from)
  const end = space.at(to)
  const changed = start.flatMap((value, axis) => (value === end[axis] ? [] : [axis]))
  if (changed.length < 2) return []
  const single = changed.flatMap((axis) => [
    start.with(axis, end[axis] as number),
    end.with(axis, start[axis] as number),
  ])
  const pairs =
    changed.length > MOST_PAIRED
      ? []
      : changed.flatMap((one, index) =>
          changed
            .slice(index + 1)
            .map((other) => start.with(one, end[one] as number).with(other, end[other] as number)),
        )
  const found = [...single, ...pairs].flatMap((coordinate) => space.find(coordinate) ?? [])
  return [...new Set(found)].filter((point) => point !== from && point !== to)
}
