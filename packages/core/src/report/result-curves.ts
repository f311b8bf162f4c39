import { caseName } from './case-name.ts'
import { densityTable } from './curves/density-table.ts'
import { ecdfTable } from './curves/ecdf-table.ts'
import { countOf, type CurveSample } from './curves/curve-sample.ts'
import { survivalTable } from './curves/survival-table.ts'
import { decodeHdr } from './hdr.ts'
import type { AnalysisTable, CaseResult, Distribution, RunResult } from './result.ts'

/** The response times of a case for curves, from its histogram; `null` where it has none, or one that cannot be read. */
export function caseSample(one: CaseResult, name: string = caseName(one.case)): CurveSample | null {
  const { pooled } = one
  if (pooled === null) return null
  const { due, completed } = pooled.counts
  return distributionSample(name, pooled.responseTime, due - completed)
}

/** @param missing requests that have no such time because they failed */
export function distributionSample(
  name: string,
  { hdr }: Pick<Distribution, 'hdr'>,
  missing: number = 0,
): CurveSample | null {
  if (hdr === null) return null
  try {
    return { name, buckets: [...decodeHdr(hdr).buckets()], missing: Math.max(0, missing) }
  } catch {
    return null
  }
}

/** Density, cumulative distribution and tail, over each other. */
export function distributionTables(samples: readonly CurveSample[], title: string): readonly AnalysisTable[] {
  if (samples.every((sample) => countOf(sample) === 0)) return []
  return [densityTable(samples, title), ecdfTable(samples, title), survivalTable(samples, title)]
}

/** Those of each scenario, with its cases as curves; cases without a valid measurement are counted in notes. */
export function scenarioCurves({ cases }: RunResult): readonly AnalysisTable[] {
  const scenarios = Map.groupBy(cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((those) => {
    const title = those[0]?.path.join(' > ') ?? ''
    const samples = those.map((one): CurveSample => {
      const name = caseName(one.case) || title
      return caseSample(one, name) ?? { name, buckets: [] }
    })
    return distributionTables(samples, title)
  })
}
