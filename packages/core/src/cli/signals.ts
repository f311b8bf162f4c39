/** What the keyboard and the system say about ending a run. */
export interface StopSignals {
  /** Asked once: finish what is being measured, report it, start nothing new. */
  readonly stop: AbortSignal
  /** Asked twice: leave at once. */
  readonly abort: AbortSignal
  /** As if the signal had come: for key bindings. */
  ask(): void
  dispose(): void
}

/**
 * Listens for Ctrl-C, SIGTERM and SIGHUP. The first one lets the trial end early and be reported; the second leaves at
 * once: `leave` then has to end servers and restore the terminal without waiting for anything.
 */
export function listenForStop(onFirst: () => void, leave: () => void): StopSignals {
  const stop = new AbortController()
  const abort = new AbortController()
  const ask = (): void => {
    if (!stop.signal.aborted) {
      stop.abort()
      onFirst()
      return
    }
    abort.abort()
    leave()
    process.exit(130)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, ask)
  return {
    stop: stop.signal,
    abort: abort.signal,
    ask,
    dispose: () => {
      for (const signal of signals) process.off(signal, ask)
    },
  }
}
