import type { RunnerHooks } from '../hooks/hooks.ts'
import { PlainProgress } from '../ui/plain-progress.ts'
import type { Progress } from '../ui/progress.ts'
import { TerminalProgress } from '../ui/terminal-progress.ts'
import { isInteractive } from './terminal.ts'

const NAME = 'servebench/progress'

/** The progress display that suits the terminal, fed by a run. */
export async function startProgress(hooks: RunnerHooks): Promise<Progress> {
  const progress = createProgress()
  followRuns(hooks, () => progress)
  return progress
}

/** @param hint a line about keys, shown while something is measured */
export function createProgress(hint: string | null = null): Progress {
  if (!isInteractive() || process.env['TERM'] === 'dumb') return new PlainProgress()
  return new TerminalProgress(async () => {
    const { InkProgress } = await import('../ui/ink-progress.ts')
    return () => new InkProgress({ hint })
  })
}

/** Feeds the display of the moment with what happens. */
export function followRuns(hooks: RunnerHooks, current: () => Progress): void {
  hooks.snapshot.tap(NAME, (snapshot) => current().snapshot(snapshot))
  hooks.studyProgress.tap(NAME, (study) => current().study(study))
  hooks.trialStart.tapPromise(NAME, async ({ plan }) => await current().trialStarting?.(plan))
}
