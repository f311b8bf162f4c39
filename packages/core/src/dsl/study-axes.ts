import type { JsonValue } from '../units/json.ts'
import type { Scalar } from './matrix.ts'

/** Whole numbers: `integers({ from: 1, to: 8 })`, or in factors: `integers({ from: 1, to: 128, factor: 2 })`. */
export interface IntegersAxis {
  readonly axis: 'integers'
  readonly from: number
  readonly to: number
  /** Distance of two values. Default 1. */
  readonly step?: number
  /** Instead of `step`: each value is this many times the one before it, rounded. */
  readonly factor?: number
}

/** Numbers of which some are tried: `numbers({ from: 0.1, to: 0.9, count: 9 })`. */
export interface NumbersAxis {
  readonly axis: 'numbers'
  readonly from: number
  readonly to: number
  /** How many values, the ends included. Default 9. */
  readonly count?: number
  /** `log`: neighbours have equal ratios instead of equal distances. Default `linear`. */
  readonly scale?: 'linear' | 'log'
}

/** An axis that only matters where other axes have certain values. */
export interface ConditionalAxis<Axis extends PlainAxis | readonly JsonValue[] = PlainAxis> {
  readonly axis: 'when'
  readonly condition: AxisCondition
  readonly of: Axis
}

/** Values that other axes must have; of several, one. */
export type AxisCondition = Readonly<Record<string, Scalar | readonly Scalar[]>>

/** A list of numbers has an order; one of words or booleans has none. */
export type PlainAxis = readonly Scalar[] | IntegersAxis | NumbersAxis

/** An axis of a study; a single value is a constant. */
export type StudyAxis = Scalar | PlainAxis | ConditionalAxis

/**
 * Values of a setting of the server, which may be lists and objects too: `{ 'state.preferredBatchSize': [[4, 8], [16]] }`.
 * A list is always one of values.
 */
export type SettingAxis = StudyAxis | readonly JsonValue[] | ConditionalAxis<readonly JsonValue[]>

/** Axes that are settings of the server, by their paths. */
export type SettingSpace = Readonly<Record<string, SettingAxis>>

/** What a study may vary, by name. */
export type StudySpace = Readonly<Record<string, StudyAxis>>

/** The values that an axis may have. */
export type AxisValue<Axis> = Axis extends Scalar
  ? Axis
  : Axis extends readonly (infer Value extends Scalar)[]
    ? Value
    : Axis extends IntegersAxis | NumbersAxis
      ? number
      : Axis extends ConditionalAxis<infer Of>
        ? AxisValue<Of>
        : never

/** A space as the axes of a matrix, for options that are functions of the configuration. */
export type SpaceMatrix<Space extends StudySpace> = {
  readonly [Name in keyof Space]: readonly AxisValue<Space[Name]>[]
}

/** One point of a space: what the functions of a study's options are called with. */
export type Configuration<Space extends StudySpace> = {
  readonly [Name in keyof Space]: AxisValue<Space[Name]>
}

/** Whole numbers of a range, one by one, in steps or in factors. */
export function integers(options: Omit<IntegersAxis, 'axis'>): IntegersAxis {
  return { ...options, axis: 'integers' }
}

/** A range of numbers, of which `count` are tried. */
export function numbers(options: Omit<NumbersAxis, 'axis'>): NumbersAxis {
  return { ...options, axis: 'numbers' }
}

/**
 * An axis that only matters under a condition: `delay: when({ batching: true }, [0, 100, 500])`. Elsewhere it has its first
 * value, and configurations that differ in nothing else are one.
 */
export function when<const Axis extends PlainAxis | readonly JsonValue[]>(
  condition: AxisCondition,
  of: Axis,
): ConditionalAxis<Axis> {
  return { axis: 'when', condition, of }
}
