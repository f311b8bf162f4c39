import type { AnalysisTable, Trial, WindowResult } from '../../plugin.ts'
import { caseName } from '../../report/case-name.ts'
import { shareChanges, sharingStreams } from '../../report/share-changes.ts'

const SECOND = 1e9
/** Windows that are shown before and after a change begins, and again around the end of one that takes its time. */
const BEFORE = 2
const AFTER = 3

/** What the streams did in the seconds around each change of their parts. */
export function changeRows(trial: Trial): AnalysisTable['rows'] {
  const names = sharingStreams(trial.plan)
  const { from, until } = trial.phases.measurement
  return shareChanges(trial.plan).flatMap((change) => {
    const begins = from + change.at
    const ends = from + change.until
    if (begins >= until) return []
    const isNear = (window: WindowResult, instant: number): boolean =>
      window.until > instant - BEFORE * SECOND && window.from < instant + AFTER * SECOND
    const shown = trial.windows.filter(
      (window) =>
        window.from >= from && window.until <= until && (isNear(window, begins) || isNear(window, ends)),
    )
    return shown.flatMap((window) =>
      names.flatMap((name) => {
        const stream = window.streams?.[name]
        if (stream === undefined) return []
        const { due, failed, p50, p95, p99 } = stream
        const title = caseName(trial.case) || trial.path.join(' > ')
        const offset = Math.round((window.from - begins) / 1e7) / 100
        return [[title, trial.repeat + 1, change.description, offset, name, due, failed, p50, p95, p99]]
      }),
    )
  })
}
