import pc from 'picocolors'
import type { Snapshot } from '../hooks/contexts.ts'
import { printable, printableLines } from '../report/printable.ts'
import type { Trial } from '../report/result.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import { formatDuration } from '../units/duration.ts'
import type { Progress } from './progress.ts'
import { StudyNotes } from './study-notes.ts'

/** One line when a trial begins and one when it ends: for logs, pipes and CI. */
export class PlainProgress implements Progress {
  readonly #write: (text: string) => void
  #current = ''
  #study: StudyNotes | null = null

  /** Progress goes to standard error, so that standard output holds only what was asked for. */
  constructor(write: (text: string) => void = (text) => void process.stderr.write(text)) {
    this.#write = write
  }

  info(message: string): void {
    this.#write(`${printableLines(message).join('\n')}\n`)
  }

  warn(message: string): void {
    this.#write(`${pc.yellow('!')} ${printableLines(message).join('\n')}\n`)
  }

  snapshot({ run, trial }: Snapshot): void {
    if (trial === null || trial.id === this.#current) return
    this.#current = trial.id
    const length = trial.total === null ? '' : pc.dim(` (about ${formatDuration(trial.total)})`)
    this.#write(`${pc.dim(`${run.trialsDone + 1}/${run.trialsTotal}`)} ${printable(trial.name)}${length}\n`)
  }

  study(progress: StudyProgress): void {
    if (this.#study?.id !== progress.id) this.#study = new StudyNotes(progress.id)
    for (const line of this.#study.linesOf(progress)) this.#write(`${line}\n`)
  }

  trialDone(trial: Trial): void {
    this.#write(`  ${summaryLine(trial)}\n`)
  }

  stopping(): void {
    this.#write('Stopping: what was measured will be reported. Ctrl-C again leaves at once.\n')
  }

  async close(): Promise<void> {}

  restore(): void {}
}

/** A finished trial in a line: `✓ 998/s · p50 1.20 ms · p99 3.41 ms`. */
function summaryLine(trial: Trial): string {
  return summaryParts(trial).join(' · ')
}

/** A finished trial: `✓ 998/s`, `p50 1.20 ms`, `p99 3.41 ms`. */
export function summaryParts(trial: Trial): readonly string[] {
  if (trial.error !== null) return [`${pc.red('✗')} ${printable(trial.error.message)}`]
  if (trial.counts.due === 0) return [`${pc.yellow('–')} ${trial.state}`]
  const { responseTime, throughput, counts } = trial
  const failed = counts.due - counts.completed + counts.incorrect
  const parts = [
    throughput === null ? null : `${formatRate(throughput)}/s`,
    responseTime.p50 === null ? null : `p50 ${formatDuration(responseTime.p50)}`,
    responseTime.p99 === null ? null : `p99 ${formatDuration(responseTime.p99)}`,
    failed > 0 ? pc.red(`${failed} failed`) : null,
    trial.slo === null ? null : `SLO ${trial.slo.verdict}`,
    trial.verdict.validity === 'valid' ? null : pc.yellow(trial.verdict.validity),
  ]
  const bad = failed > 0 || trial.slo?.verdict === 'fail' || trial.verdict.validity === 'invalid'
  const [first, ...rest] = parts.filter((part) => part !== null)
  return [`${bad ? pc.red('✗') : pc.green('✓')} ${first ?? trial.state}`, ...rest]
}

function formatRate(rate: number): string {
  return rate >= 99.95 ? Math.round(rate).toString() : rate >= 9.995 ? rate.toFixed(1) : rate.toFixed(2)
}
