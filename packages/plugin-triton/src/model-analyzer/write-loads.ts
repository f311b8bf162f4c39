import { WrittenCall } from 'servebench/plugin'
import { doublings } from './values.ts'
import type { ModelAnalyzerExtent, ModelAnalyzerModel, ModelAnalyzerSearch } from './study.ts'

type Options = Readonly<Record<string, unknown>>

const USUAL_TOP = 3
const USUAL_STEPS = 5
const USUAL_PATIENCE = 10

/** `loads`, with the arrivals of perf_analyzer where every configuration is measured at all of them. */
export function writeLoads(
  { load: { vary, values, areAll } }: Pick<ModelAnalyzerModel, 'load'>,
  { strategy, refine }: ModelAnalyzerSearch,
): Options {
  const range = {
    [vary]: rangeOf(values),
    ...(areAll ? { gain: 0, refine: 0 } : refine === USUAL_STEPS ? {} : { refine }),
  }
  const highest = values.at(-1) ?? 1
  return {
    loads: range,
    ...(vary === 'rate' && strategy === 'grid'
      ? { load: new WrittenCall('constantRate', 'servebench', { rate: highest }) }
      : {}),
  }
}

/** In factors of two it is a range. */
function rangeOf(values: readonly number[]): unknown {
  const sorted = [...values].toSorted((one, other) => one - other)
  const [first = 1] = sorted
  const last = sorted.at(-1) ?? first
  const twice = doublings(first, last)
  return sorted.length > 3 && sorted.join() === twice.join() ? { from: first, to: last } : sorted
}

/** `search`, and a `budget` where Model Analyzer has one. */
export function writeSearch(search: ModelAnalyzerSearch, configurations: number): Options {
  const { strategy, patience, fewest, most } = search
  const top = Math.max(1, search.top)
  if (strategy === 'grid') return { search: 'grid' }
  const wide = top === USUAL_TOP ? {} : { top }
  if (strategy === 'quick') return { search: top === USUAL_TOP ? 'quick' : { strategy, top } }
  const limits = countsOf(most, configurations)
  const budget = Math.max(2, Math.min(...limits))
  const least = Math.min(budget, Math.max(1, ...countsOf(fewest, configurations)))
  return {
    search: {
      strategy,
      fewest: least,
      ...(patience === USUAL_PATIENCE ? {} : { patience: Math.max(1, patience) }),
      ...wide,
    },
    budget,
  }
}

function countsOf({ share, configurations }: ModelAnalyzerExtent, size: number): readonly number[] {
  return [
    ...(share === null ? [] : [Math.floor(size * share)]),
    ...(configurations === null ? [] : [configurations]),
  ]
}
