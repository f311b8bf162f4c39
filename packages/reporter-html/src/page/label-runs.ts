import type { RunResult } from 'servebench/plugin'
import { describeMachine } from 'servebench/report'

/** How runs are told apart: by what differs between their machines, and by when they began where that is not enough. */
export function labelRuns(results: readonly RunResult[]): readonly string[] {
  const machines = results.map(({ run }) => describeMachine(run.environment).split(' · '))
  const names = machines.map((parts) =>
    parts.filter((part) => !machines.every((other) => other.includes(part))).join(' · '),
  )
  const whens = results.map(({ run }) => run.startedAt.slice(0, 16).replace('T', ' '))
  const labels = names.map((name, index) => {
    const when = whens[index] as string
    if (name === '') return when
    return isUnique(names, name) ? name : `${name}, ${when}`
  })
  return labels.map((label, index) =>
    isUnique(labels, label) ? label : `${label}, ${results[index]?.run.id.slice(-4) ?? ''} ${index + 1}`,
  )
}

function isUnique(texts: readonly string[], text: string): boolean {
  return texts.indexOf(text) === texts.lastIndexOf(text)
}
