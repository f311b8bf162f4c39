import type { AnalysisTable, CaseResult } from '../../plugin.ts'
import { caseName } from '../../report/case-name.ts'
import { errorShare } from '../../report/error-share.ts'

/** Streams of cases with `solo: true`, beside the cases in which they are alone. */
export function interferenceRows(cases: readonly CaseResult[]): AnalysisTable['rows'] {
  const alone = new Map(cases.map((one) => [keyOf(one, one.case), one.pooled]))
  return cases.flatMap((mixed) =>
    Object.entries(mixed.streams ?? {}).flatMap(([name, metrics]) => {
      const solo = alone.get(keyOf(mixed, { ...mixed.case, solo: name }))
      if (!solo) return []
      const pair = (key: 'p50' | 'p99'): readonly (number | null)[] => {
        const [one, both] = [solo.responseTime[key], metrics.responseTime[key]]
        return [one, both, one === null || both === null || one === 0 ? null : both / one]
      }
      return [
        [
          caseName(mixed.case) || mixed.path.join(' > '),
          name,
          ...pair('p50'),
          ...pair('p99'),
          solo.throughput,
          metrics.throughput,
          errorShare(solo),
          errorShare(metrics),
        ],
      ]
    }),
  )
}

function keyOf(one: CaseResult, values: CaseResult['case']): string {
  return JSON.stringify([one.file, one.path, Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))])
}
