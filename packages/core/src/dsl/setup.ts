/** What a scenario's `setup` gets. */
export interface SetupContext {
  /** Runs after the scenario's last trial, last registered first, on every exit path, also when `setup` fails later on. */
  readonly defer: (cleanup: () => unknown) => void
  /** Aborted when the run is stopped. */
  readonly signal: AbortSignal
}
