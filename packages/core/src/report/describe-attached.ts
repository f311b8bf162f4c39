import type { AttachedServer, RunResult } from './result.ts'

/** One sentence for each server that was found running on this machine. */
export function describeAttached({ trials }: Pick<RunResult, 'trials'>): readonly string[] {
  return [...new Set(trials.flatMap(({ attached }) => attached ?? []).map(describe))]
}

function describe({ port, processes, unknown }: AttachedServer): string {
  if (unknown !== null)
    return `the process behind port ${port} is not known, and CPU of other programs is not judged: ${unknown}`
  const names = processes.map(({ pid, command }) => `${command} (process ${pid})`)
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : ''
  return `port ${port}: ${names.slice(0, MOST).join(', ')}${more}`
}

const MOST = 3
