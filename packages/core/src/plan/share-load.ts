import type { ClosedLoadPlan, LoadPlan, OpenLoadPlan, SliceShift } from '../arrival/load-plan.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Course } from './weight-course.ts'

/**
 * One stream's part of a load that streams share. Each arrival of an open load goes to one stream, by a seeded number;
 * users of a closed one belong to a stream. `undefined` where that is not possible: a stream without a user, or users that
 * would have to move.
 */
export function shareLoad(plan: LoadPlan, courses: readonly Course[], index: number): LoadPlan | undefined {
  if (plan.loop !== 'stages') return sharePart(plan, courses, index, 0)
  let start = 0
  const stages = plan.stages.flatMap(({ load, duration }) => {
    const part = sharePart(load, courses, index, start)
    start += duration
    return part === undefined ? [] : [{ load: part, duration }]
  })
  return stages.length === plan.stages.length ? { loop: 'stages', stages } : undefined
}

function sharePart(
  plan: OpenLoadPlan | ClosedLoadPlan,
  courses: readonly Course[],
  index: number,
  start: Nanos,
): OpenLoadPlan | ClosedLoadPlan | undefined {
  if (plan.loop === 'closed') return shareUsers(plan, courses, index)
  const { low, high, shifts } = courseFrom(courses[index] as Course, start)
  const changes = shifts.length === 0 ? {} : { shifts }
  return {
    loop: 'open',
    process: { kind: 'slice', of: plan, low, high, shared: true, ...changes },
    rate: [],
  }
}

/** The course of a stage that begins at `start`, on the stage's own clock. */
function courseFrom(course: Course, start: Nanos): Course {
  let { low, high } = course
  const shifts: SliceShift[] = []
  for (const shift of course.shifts) {
    const { until = shift.from, lowEnd = shift.low, highEnd = shift.high } = shift
    if (shift.from >= start && start > 0) shifts.push(moved(shift, start))
    else if (start === 0) shifts.push(shift)
    else if (until <= start) {
      low = lowEnd
      high = highEnd
    } else {
      const part = (start - shift.from) / (until - shift.from)
      low = shift.low + (lowEnd - shift.low) * part
      high = shift.high + (highEnd - shift.high) * part
      shifts.push({ from: 0, low, high, until: until - start, lowEnd, highEnd })
    }
  }
  return { low, high, shifts }
}

function moved(shift: SliceShift, start: Nanos): SliceShift {
  const from = shift.from - start
  return shift.until === undefined ? { ...shift, from } : { ...shift, from, until: shift.until - start }
}

function shareUsers(
  plan: ClosedLoadPlan,
  courses: readonly Course[],
  index: number,
): ClosedLoadPlan | undefined {
  if (courses.some(({ shifts }) => shifts.length > 0)) return undefined
  const part = (whole: number): number => apportion(whole, courses)[index] as number
  const concurrency = part(plan.concurrency)
  const requests = plan.requests === null ? null : part(plan.requests)
  if (concurrency === 0 || requests === 0) return undefined
  const population = plan.population?.map((segment) => ({
    ...segment,
    users: part(segment.users),
    usersEnd: part(segment.usersEnd),
  }))
  return { ...plan, concurrency, requests, ...(population === undefined ? {} : { population }) }
}

/** Whole numbers that add up to `whole`: each stream its share rounded down, the rest where most was cut off. */
function apportion(whole: number, courses: readonly Course[]): readonly number[] {
  const exact = courses.map(({ low, high }) => whole * (high - low))
  // So that a share of exactly three is not rounded down to two.
  const parts = exact.map((value) => Math.floor(value + ROUNDING))
  const order = exact
    .map((value, index) => ({ index, rest: Math.round((value - (parts[index] as number)) / ROUNDING) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index)
  let left = Math.round(whole) - parts.reduce((sum, value) => sum + value, 0)
  for (const { index } of order) {
    if (left <= 0) break
    parts[index]! += 1
    left -= 1
  }
  return parts
}

const ROUNDING = 1e-9
