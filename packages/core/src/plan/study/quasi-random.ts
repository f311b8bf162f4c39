import type { Random } from '../../dsl/random.ts'
import type { StudySpace } from './space.ts'

/**
 * Points of a space that fill it evenly: Roberts' R_d sequence (2018), an additive recurrence on the root of
 * x^(d+1) = x + 1, from a random start. Places that are pruned or taken are passed over; when few are left, the rest follows
 * in random order.
 */
export function spread(space: StudySpace, count: number, random: Random): readonly number[] {
  const { axes } = space
  const steps = recurrence(axes.length)
  const place = axes.map(() => random.next())
  const found = new Set<number>()
  const wanted = Math.min(count, space.size)
  for (let misses = 0; found.size < wanted && misses < MOST_MISSES;) {
    const coordinate = axes.map(({ values }, axis) => {
      const next = ((place[axis] as number) + (steps[axis] as number)) % 1
      place[axis] = next
      return Math.floor(next * values.length)
    })
    const point = space.find(coordinate)
    if (point === null || found.has(point)) misses += 1
    else {
      found.add(point)
      misses = 0
    }
  }
  if (found.size < wanted) {
    const rest = shuffled(
      Array.from({ length: space.size }, (_, point) => point).filter((point) => !found.has(point)),
      random,
    )
    for (const point of rest.slice(0, wanted - found.size)) found.add(point)
  }
  return [...found]
}

const MOST_MISSES = 200

/** Powers 1 to d of 1 ÷ the positive root of x^(d+1) = x + 1. */
function recurrence(dimensions: number): readonly number[] {
  let root = 2
  // The iteration contracts: x ← (1 + x)^(1/(d+1)).
  for (let round = 0; round < 60; round++) root = Math.exp(Math.log(1 + root) / (dimensions + 1))
  let power = 1
  return Array.from({ length: dimensions }, () => (power /= root))
}

function shuffled(items: number[], random: Random): readonly number[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.int(last + 1)
    const moved = items[last] as number
    items[last] = items[other] as number
    items[other] = moved
  }
  return items
}
