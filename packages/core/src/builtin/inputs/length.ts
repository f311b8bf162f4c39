import { drawLognormal, type Random } from '../../plugin.ts'
import { isWhole, type OptionReader } from './option-reader.ts'

/**
 * How long samples are: always the same; evenly distributed between two numbers; lognormal with a mean and a coefficient
 * of variation (0.5 by default), drawn again where it lies outside of `least` and `most`; or as they were observed, each
 * equally often unless `weights` says otherwise.
 */
export type Length =
  | number
  | readonly [least: number, most: number]
  | { readonly mean: number; readonly cv?: number; readonly least?: number; readonly most: number }
  | { readonly observed: readonly number[]; readonly weights?: readonly number[] }

/** A distribution of lengths. */
export interface Lengths {
  readonly least: number
  readonly most: number
  draw(random: Random): number
}

const CV = 0.5
const TRIES = 1000

/** @param unit what the option's numbers are multiplied with; they may have fractions where it is not 1 */
export function readLength(
  reader: OptionReader,
  name: string,
  fallback: number,
  { unit = 1, least: lowest = 1 }: { readonly unit?: number; readonly least?: number } = {},
): Lengths {
  const value = reader.read(name) ?? fallback
  const isLength = (size: unknown): size is number =>
    unit === 1
      ? isWhole(size) && size >= lowest
      : typeof size === 'number' && Number.isFinite(size) && Math.round(size * unit) >= lowest
  const scale = (size: number): number => Math.round(size * unit)
  if (isLength(value)) return constant(scale(value))
  if (Array.isArray(value) && value.length === 2 && value.every(isLength)) {
    const [least, most] = value.map(scale) as [number, number]
    if (least <= most) return { least, most, draw: (random) => least + random.int(most - least + 1) }
  }
  if (typeof value === 'object' && value !== null && 'mean' in value) {
    const { mean, cv = CV, least = lowest / unit, most } = value as Record<string, unknown>
    if (isPositive(mean) && isPositive(cv) && isLength(least) && isLength(most) && least <= most)
      return lognormal(mean * unit, cv, scale(least), scale(most))
  }
  if (typeof value === 'object' && value !== null && 'observed' in value) {
    const { observed, weights } = value as { observed: unknown; weights?: unknown }
    if (Array.isArray(observed) && observed.length > 0 && observed.every(isLength)) {
      const shares = weights ?? observed.map(() => 1)
      if (Array.isArray(shares) && shares.length === observed.length && isWeights(shares))
        return empirical(observed.map(scale), shares)
    }
  }
  reader.report(
    name,
    'must be a length, [least, most], { mean, most, cv?, least? } or { observed: [...], weights? }.',
  )
  return constant(lowest)
}

function constant(length: number): Lengths {
  return { least: length, most: length, draw: () => length }
}

function lognormal(mean: number, cv: number, least: number, most: number): Lengths {
  const variance = Math.log1p(cv * cv)
  const [mu, sigma] = [Math.log(mean) - variance / 2, Math.sqrt(variance)]
  return {
    least,
    most,
    draw(random) {
      for (let tries = 0; tries < TRIES; tries++) {
        const length = Math.round(drawLognormal(random, mu, sigma))
        if (length >= least && length <= most) return length
      }
      // Limits far out in a tail: the nearer one is where nearly all of what is left lies.
      return mean < least ? least : most
    },
  }
}

function empirical(observed: readonly number[], weights: readonly number[]): Lengths {
  return {
    least: observed.reduce((least, length) => Math.min(least, length)),
    most: observed.reduce((most, length) => Math.max(most, length)),
    draw: (random) => observed[drawIndex(weights, random)] as number,
  }
}

/** An index, as often as its share of all weights says. */
export function drawIndex(weights: readonly number[], random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let rest = random.next() * total
  for (let index = 0; index < weights.length - 1; index++) {
    rest -= weights[index] as number
    if (rest < 0) return index
  }
  return weights.length - 1
}

export function isWeights(weights: readonly unknown[]): weights is readonly number[] {
  return (
    weights.every((weight) => typeof weight === 'number' && Number.isFinite(weight) && weight >= 0) &&
    weights.some((weight) => (weight as number) > 0)
  )
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
