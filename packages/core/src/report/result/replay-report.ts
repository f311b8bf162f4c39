/** A stream whose requests were read from query files. */
export interface ReplayReport {
  readonly stream: string
  /** As the input's options have them. */
  readonly lines: string
  readonly deal: string
  /** How often each client replays its queries; `null`: until the load ends. */
  readonly times: number | null
  readonly files: readonly {
    readonly file: string
    /** From the offset on. */
    readonly bytes: number
    readonly sha256: string
    readonly queries: number
    /** What could not be sent and was left out. */
    readonly skipped: number
    readonly firstSkipped: { readonly line: number; readonly problem: string } | null
  }[]
  readonly answers: {
    /** In the whole trial, of all attempts. */
    readonly total: number
    /** In the measurement, by HTTP status. */
    readonly statuses: Readonly<Record<string, number>>
    /** Of those with status 200: how many said how many hits they have, and how many said that there are none. */
    readonly withHits: number
    readonly zeroHits: number
  }
  /** Requests of the measurement that took as long as their client's cycle or longer; `null` without a cycle. */
  readonly cyclesNotHeld: number | null
}
