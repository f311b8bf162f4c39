import type { TracePlan } from '../arrival/load-plan.ts'
import type { Log } from '../hooks/plugin.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { formatCount } from '../report/quantity.ts'
import type { VerdictReason } from '../report/result.ts'
import type { ArrivalFileHeader } from '../trace/arrival-format.ts'
import { traceKey } from '../trace/open-trace.ts'
import { describePrepared, TraceStore, type StoredTrace } from '../trace/trace-store.ts'
import { mapTraces, tracesOf } from '../trace/traces-of.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'

/** The measurement of a trace whose arrivals all come at once. */
const OF_A_BURST: Nanos = SECOND

/** The traces that the plans of a run name: each is read once, before the first trial that needs it. */
export class RunTraces implements Disposable {
  readonly #store: TraceStore
  readonly #log: Log
  readonly #told = new Set<StoredTrace['reference']['key']>()

  constructor(root: string, folder: string, log: Log) {
    this.#store = new TraceStore(root, folder)
    this.#log = log
  }

  /**
   * The traces of a plan, read.
   * @throws {ServebenchError} `SERVEBENCH_TRACE`
   */
  async of({ streams }: TrialPlan, signal: AbortSignal): Promise<readonly StoredTrace[]> {
    const plans = new Map(
      Object.values(streams)
        .flatMap(({ load }) => tracesOf(load))
        .map((trace) => [traceKey(trace), trace]),
    )
    const stored: StoredTrace[] = []
    for (const trace of plans.values()) stored.push(await this.#read(trace, signal))
    return stored
  }

  /**
   * The plan with what only the files of its traces say: their hashes, and the duration where it follows from them. A plan
   * whose traces cannot be read is returned as it is: its trial will tell.
   */
  async complete(plan: TrialPlan, signal: AbortSignal): Promise<TrialPlan> {
    if (!Object.values(plan.streams).some(({ load }) => tracesOf(load).length > 0)) return plan
    let stored: readonly StoredTrace[]
    try {
      stored = await this.of(plan, signal)
    } catch {
      return plan
    }
    const byKey = new Map(stored.map((trace) => [trace.reference.key, trace]))
    const lengths: Nanos[] = []
    const streams = Object.entries(plan.streams).map(([name, stream]) => {
      const load = mapTraces(stream.load, (trace) => {
        const { header, sources } = byKey.get(traceKey(trace)) as StoredTrace
        lengths.push(measuredLength(trace, header))
        return { ...trace, sha256: sources.map(({ sha256 }) => sha256) }
      })
      return [name, { ...stream, load }] as const
    })
    const { settings } = plan
    const isOpenEnded = settings.duration === null && streams.every(([, { load }]) => load.loop === 'open')
    const duration = isOpenEnded ? Math.max(...lengths) || OF_A_BURST : settings.duration
    return { ...plan, streams: Object.fromEntries(streams), settings: { ...settings, duration } }
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
  }

  async #read(plan: TracePlan, signal: AbortSignal): Promise<StoredTrace> {
    const stored = await this.#store.prepare(plan, signal)
    const { key } = stored.reference
    if (this.#told.has(key)) return stored
    this.#told.add(key)
    this.#log.info(describePrepared(stored))
    return stored
  }
}

/** A saved plan and counts say how long they last; of recorded rows the last one belongs to the measurement. */
function measuredLength({ source, speed }: TracePlan, { kind, length }: ArrivalFileHeader): Nanos {
  const isBounded = source.format === 'arrivals' || kind === 'counts' || length === 0
  return length / speed + (isBounded ? 0 : 1)
}

/** What the reader of a result must know about a trace that was not as clean as it should be. */
export function traceNotes({ badRows, outOfOrder, sources }: StoredTrace): readonly VerdictReason[] {
  const notes: VerdictReason[] = []
  const files = sources.map(({ file }) => file).join(', ')
  const { first } = badRows
  if (first !== null) {
    const rows = badRows.count === 1 ? '1 bad row was' : `${formatCount(badRows.count)} bad rows were`
    notes.push({
      code: 'trace-bad-rows',
      severity: 'note',
      message: `${rows} left out of the trace ${files}; the first is line ${first.line} of ${first.file}: it ${first.problem}.`,
      advice: "Mend the rows; badRows: 'strict' makes them an error.",
    })
  }
  if (outOfOrder > 0) {
    notes.push({
      code: 'trace-order',
      severity: 'note',
      message: `${outOfOrder === 1 ? '1 row' : `${formatCount(outOfOrder)} rows`} of the trace ${files} came after a later one: the trace has been sorted.`,
      advice: null,
    })
  }
  return notes
}
