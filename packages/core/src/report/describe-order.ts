import type { RunResult } from './result.ts'

/** In which order repeats ran, in a few words; empty when there was only one of everything, or the result does not say. */
export function describeOrder({ run, trials }: Pick<RunResult, 'run' | 'trials'>): string {
  const { order } = run
  if (order === undefined || trials.every(({ repeat, role }) => repeat === 0 || role === 'probe')) return ''
  const cases = order.cases === 'random' ? 'in random order' : 'as written'
  const servers = new Set(trials.map(({ plan }) => JSON.stringify(plan.server?.launch ?? null))).size
  const where =
    servers < 2
      ? ''
      : order.interleave === 'within-server'
        ? ', one server after the other'
        : ', across all servers'
  return `repeats in turn, cases ${cases}${where}`
}
