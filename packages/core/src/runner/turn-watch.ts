import type { LiveView } from '../engine/live-view.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatDuration } from '../units/duration.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'

const WATCH_MS = 250

/**
 * Notices a load thread that makes no turns any more: it is stuck in a function of the bench file, and would hold the
 * run up for ever.
 */
export class TurnWatch implements Disposable {
  /** Rejects when a thread has made no turn for the given time. */
  readonly stuck: Promise<never>
  readonly #timer: NodeJS.Timeout

  /** @param patience also for what a thread has to do at the end of its trial */
  constructor(lives: readonly LiveView[], patience: Nanos) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.stuck = promise
    this.stuck.catch(() => {})
    const seen = lives.map((live) => ({ turns: live.get('turns'), at: performance.now() }))
    this.#timer = setInterval(() => {
      for (const [index, live] of lives.entries()) {
        const last = seen[index] as { turns: number; at: number }
        if (live.get('turns') !== last.turns) {
          last.turns = live.get('turns')
          last.at = performance.now()
        } else if (performance.now() - last.at > patience / MILLISECOND) reject(stuckError(patience))
      }
    }, WATCH_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

function stuckError(patience: Nanos): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_BENCH_FUNCTION',
    `A load thread has done nothing for ${formatDuration(patience)}.`,
    {
      advice:
        'Look for an endless loop in an inline target, a pipeline or a think time; `collectTimeout` is the limit.',
    },
  )
}
