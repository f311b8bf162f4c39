import type { Scalar } from '../../dsl/matrix.ts'
import { settingNames, UNCHANGED, type PlannedAxis, type StudyPlan } from '../../dsl/study-plan.ts'

/** Indices of values, one for each axis. */
export type Coordinate = readonly number[]

export type { PlannedAxis }

export type PointValues = Readonly<Record<string, Scalar>>

/**
 * A finite space of configurations. Points have numbers: searches know nothing of what their axes mean. Axes that do not
 * matter stand at their first value, so that equal configurations are one point.
 */
export class StudySpace {
  readonly axes: readonly PlannedAxis[]
  readonly #points: readonly Coordinate[]
  readonly #byKey: ReadonlyMap<string, number>

  /** @param points those that are allowed, each as {@link settle} leaves it */
  constructor(axes: readonly PlannedAxis[], points: readonly Coordinate[]) {
    this.axes = axes
    this.#points = points
    this.#byKey = new Map(points.map((point, index) => [point.join(), index]))
  }

  /** All combinations that `allows` does not refuse. */
  static of(axes: readonly PlannedAxis[], allows: (values: PointValues) => boolean = () => true): StudySpace {
    let points: Coordinate[] = [[]]
    for (const axis of axes) {
      points = points.flatMap((point) => axis.values.map((_, index) => [...point, index]))
    }
    const settled = new Map(points.map((point) => settle(axes, point)).map((point) => [point.join(), point]))
    return new StudySpace(
      axes,
      [...settled.values()].filter((point) => allows(valuesAt(axes, point))),
    )
  }

  get size(): number {
    return this.#points.length
  }

  at(point: number): Coordinate {
    const found = this.#points[point]
    if (found === undefined) throw new RangeError(`The space has no point ${point}.`)
    return found
  }

  values(point: number): PointValues {
    return valuesAt(this.axes, this.at(point))
  }

  /** The point at a coordinate, after axes that do not matter there were put aside; `null` where none is allowed. */
  find(coordinate: Coordinate): number | null {
    const inside = coordinate.every(
      (index, axis) => index >= 0 && index < (this.axes[axis]?.values.length ?? 0),
    )
    return inside ? (this.#byKey.get(settle(this.axes, coordinate).join()) ?? null) : null
  }

  /** The point with these values. */
  findValues(values: PointValues): number | null {
    return this.find(this.axes.map((axis) => axis.values.indexOf(values[axis.name] as Scalar)))
  }

  /** Places of the axes' values on a scale from 0 to 1; a value without an order has a place of its own per axis value. */
  features(point: number): readonly number[] {
    return this.at(point).flatMap((index, axis) => {
      const { values, ordered } = this.axes[axis] as PlannedAxis
      if (values.length === 1) return []
      if (ordered) return [index / (values.length - 1)]
      return values.length === 2 ? [index] : values.map((_, value) => (value === index ? 0.5 : 0))
    })
  }
}

/** The same coordinate with axes that do not matter at their first value. */
export function settle(axes: readonly PlannedAxis[], coordinate: Coordinate): Coordinate {
  let settled = coordinate
  // A condition may name an axis that has one of its own.
  for (let round = 0; round < axes.length; round++) {
    const values = valuesAt(axes, settled)
    const next = settled.map((index, axis) => (matters(axes[axis] as PlannedAxis, values) ? index : 0))
    if (next.every((index, axis) => index === settled[axis])) return next
    settled = next
  }
  return settled
}

/**
 * Where the baseline is the server as it is, settings are left alone all together or not at all: half of them would be
 * configurations that nobody has asked for.
 */
export function isWhole(plan: StudyPlan, values: PointValues): boolean {
  const { axes, baseline } = plan
  const settings = settingNames(plan)
  if (!isAsItIs(settings, baseline)) return true
  const chosen = axes.filter((axis) => settings.includes(axis.name) && matters(axis, values))
  const left = chosen.filter(({ name }) => values[name] === UNCHANGED)
  return left.length === 0 || isAsItIs(settings, values)
}

/** Whether no setting of the server is touched. */
export function isAsItIs(settings: readonly string[], values: PointValues): boolean {
  return settings.length > 0 && settings.every((name) => values[name] === UNCHANGED)
}

export function matters({ condition }: PlannedAxis, values: PointValues): boolean {
  return Object.entries(condition ?? {}).every(([name, wanted]) => wanted.includes(values[name] as Scalar))
}

function valuesAt(axes: readonly PlannedAxis[], coordinate: Coordinate): PointValues {
  return Object.fromEntries(
    axes.map(({ name, values }, axis) => [name, values[coordinate[axis] ?? 0] as Scalar]),
  )
}
