import type { AnalysisTable, Trial } from '../../plugin.ts'
import { caseName } from '../../report/case-name.ts'
import { errorShare } from '../../report/error-share.ts'
import { pairedDifference } from '../../report/paired-windows.ts'
import { sharingStreams } from '../../report/share-changes.ts'

/** The first stream that shares the load is what the others are compared with. */
export function pairRows(trial: Trial): AnalysisTable['rows'] {
  const [reference, ...others] = sharingStreams(trial.plan)
  if (reference === undefined) return []
  return others.flatMap((other) =>
    (['p50', 'p95'] as const).flatMap((percentile) => {
      const difference = pairedDifference(trial, other, reference, percentile)
      if (difference === null) return []
      const { seconds, mean, interval } = difference
      return [
        [
          caseName(trial.case) || trial.path.join(' > '),
          trial.repeat + 1,
          `${other} − ${reference}`,
          percentile,
          seconds,
          mean,
          interval?.[0] ?? null,
          interval?.[1] ?? null,
          errorShare(trial.streams[other]),
          errorShare(trial.streams[reference]),
        ],
      ]
    }),
  )
}
