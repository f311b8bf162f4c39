import type { RunResult } from 'servebench/plugin'
import { describeMachine } from 'servebench/report'

/** How runs are told apart: by their machines where these differ, else by when they began. */
export function labelRuns(results: readonly RunResult[]): readonly string[] {
  const machines = results.map(({ run }) => describeMachine(run.environment))
  const severalMachines = new Set(machines).size > 1
  const labels = results.map(({ run }, index) => {
    const when = run.startedAt.slice(0, 16).replace('T', ' ')
    return severalMachines ? `${machines[index] as string} (${when})` : when
  })
  return labels.map((label, index) =>
    labels.indexOf(label) === labels.lastIndexOf(label)
      ? label
      : `${label} · ${results[index]?.run.id.slice(-4) ?? ''} · ${index + 1}`,
  )
}
