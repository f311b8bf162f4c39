import type { Problem } from 'servebench/plugin'
import type { Graph } from '../graph/graph.ts'
import type { GraphBuilder } from '../graph/graph-builder.ts'

export type OptionValue = string | number | boolean | readonly number[]

/** An option of a family: its default, and what it may be. */
export interface Field<Value> {
  readonly default: Value
  /** What a value must be, as the end of a sentence; `null` when it is that. */
  readonly problem: (value: unknown) => string | null
}

export interface Family<Shape extends { readonly family: string }> {
  readonly name: Shape['family']
  readonly fields: { readonly [Key in keyof Omit<Shape, 'family'>]: Field<Shape[Key]> }
  /** Problems of options that are fine one by one. */
  readonly check?: (shape: Shape) => Problem[]
  /** What a model is called when it has no name of its own. */
  readonly nameOf: (shape: Shape) => string
  /** Lays the layers and returns the finished graph. */
  readonly build: (graph: GraphBuilder, shape: Shape) => Graph
}

/** A whole number. */
export function whole(fallback: number, least = 1, most = 1_000_000): Field<number> {
  return {
    default: fallback,
    problem: (value) => (isWhole(value, least, most) ? null : `a whole number from ${least} to ${most}`),
  }
}

/** A number above 0, whole or not. */
export function factor(fallback: number, most = 16): Field<number> {
  return {
    default: fallback,
    problem: (value) =>
      typeof value === 'number' && value > 0 && value <= most ? null : `a number above 0, ${most} at most`,
  }
}

export function oneOf<const Choice extends string | number>(
  fallback: Choice,
  choices: readonly Choice[],
): Field<Choice> {
  return {
    default: fallback,
    problem: (value) => (choices.includes(value as Choice) ? null : `one of ${choices.join(', ')}`),
  }
}

export function flag(fallback: boolean): Field<boolean> {
  return { default: fallback, problem: (value) => (typeof value === 'boolean' ? null : 'true or false') }
}

/** Sizes of layers in a row. */
export function wholes(fallback: readonly number[], most = 1_000_000): Field<readonly number[]> {
  return {
    default: fallback,
    problem: (value) =>
      Array.isArray(value) && value.length <= 256 && value.every((one) => isWhole(one, 1, most))
        ? null
        : `a list of whole numbers from 1 to ${most}`,
  }
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}
