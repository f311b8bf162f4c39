/**
 * From nothing to an answer. Times in ns; what is seen from outside by polling (`live`, `ready`, and `system`) is late by
 * up to `resolution`. `total` = `ready` + `firstAnswer`: what the tool does in between is `pause`, and no part of it.
 */
export interface ColdStartReport {
  /** `launch`: the server was started for this trial. `idle`: nothing was sent to a running one for a while. */
  readonly kind: 'launch' | 'idle'
  /** How long nothing was sent. */
  readonly idle: number | null
  readonly resolution: number
  /** From the launch until it is up, without any model. */
  readonly system: number | null
  /** From the launch until it says that it is live; it may be loading models already. */
  readonly live: number | null
  /** How long the model was loaded and initialised; of several, the one that took longest. */
  readonly modelLoad: number | null
  /** Who says so: the server itself, calls that loaded it, or the probes that found the server live and then ready. */
  readonly modelLoadBy: 'server' | 'calls' | 'probes' | null
  /** From the launch until it says that it is ready. */
  readonly ready: number | null
  /** Between ready and the first request. */
  readonly pause: number | null
  /** From the first request to the first answer that was a success, with its connection, and with what failed before. */
  readonly firstAnswer: number | null
  readonly failedBefore: number
  /** Median response time of the requests after that. */
  readonly warm: number | null
  readonly warmCount: number
  readonly total: number | null
  /** Files of the models: their size, and the share of it that was in the page cache at the launch (`null`: unknown). */
  readonly model: { readonly bytes: number; readonly cached: number | null } | null
}
