import { fullName } from '../case-name.ts'
import type { AnalysisTable, RunResult } from '../result.ts'

/** The tables of what servers' profilers have said, case by case, and why others have said nothing. */
export function listProfiles({ trials }: Pick<RunResult, 'trials'>): readonly AnalysisTable[] {
  const profiled = trials.filter(({ role }) => role === 'profile')
  if (profiled.length === 0) return []
  const rows = profiled.map((trial) => {
    const { profile, error, state } = trial
    const notes = profile?.notes ?? [error?.message ?? state]
    const [first = null] = profile?.files ?? []
    const folder = first === null ? null : first.slice(0, first.lastIndexOf('/'))
    return [fullName(trial), profile?.name ?? null, profile?.files.length ?? 0, folder, notes.join(' ')]
  })
  return [
    {
      name: 'profiles',
      title: 'Profiles: one trial more for each case, which is not measured',
      columns: ['case', 'profiler', 'files', 'folder', 'note'].map((name) => ({ name, unit: null })),
      rows,
      notes: [],
    },
    ...profiled.flatMap((trial) =>
      (trial.profile?.tables ?? []).map((table) => ({
        ...table,
        name: `profile-${trial.id}-${table.name}`,
        title: `${table.title} · ${fullName(trial)}`,
      })),
    ),
  ]
}
