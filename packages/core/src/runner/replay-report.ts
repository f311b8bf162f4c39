import { sumAnswers } from '../engine/sum-answers.ts'
import type { LoadPlan } from '../arrival/load-plan.ts'
import type { ReplayReport, VerdictReason } from '../report/result.ts'
import { formatCount } from '../report/quantity.ts'
import type { TrialMeasurement } from './trial-runner.ts'

type Measured = Pick<TrialMeasurement, 'streams' | 'rings' | 'reports'>

/** What is to be said of the streams whose requests were read from query files. */
export function replayReports({ streams, rings, reports }: Measured): readonly ReplayReport[] {
  return streams.flatMap(({ name, plan }, index) => {
    const files = rings[index]?.files
    if (files === undefined) return []
    const counts = reports.flatMap(({ sessions }) => sessions[index]?.answers ?? [])
    const overruns = reports.reduce((sum, report) => sum + (report.overruns[index] ?? 0), 0)
    return [
      {
        stream: name,
        ...files,
        answers: sumAnswers(counts),
        cyclesNotHeld: hasCycle(plan.load) ? overruns : null,
      },
    ]
  })
}

/** What the reader of a result must know about query files that were not as clean as they should be. */
export function replayNotes({ rings }: Pick<TrialMeasurement, 'rings'>): VerdictReason[] {
  const files = rings.flatMap((ring) => ring.files?.files ?? [])
  const bad = files.filter(({ skipped }) => skipped > 0)
  const [first] = bad
  if (first === undefined || first.firstSkipped === null) return []
  const count = bad.reduce((sum, { skipped }) => sum + skipped, 0)
  const { line, problem } = first.firstSkipped
  return [
    {
      code: 'query-bad-lines',
      severity: 'note',
      message: `${count === 1 ? '1 query was' : `${formatCount(count)} queries were`} left out; the first is line ${line} of ${first.file}: it ${problem}.`,
      advice: "Mend the lines; badLines: 'strict' makes them an error.",
    },
  ]
}

function hasCycle(load: LoadPlan): boolean {
  if (load.loop === 'closed') return (load.cycle ?? 0) > 0
  return load.loop === 'stages' && load.stages.some((stage) => hasCycle(stage.load))
}
