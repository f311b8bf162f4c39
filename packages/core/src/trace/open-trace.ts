import type { TracePlan } from '../arrival/load-plan.ts'
import type { OpenTrace, TraceContent } from '../arrival/process.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { canonicalJson } from '../units/json.ts'
import type { ArrivalFileHeader } from './arrival-format.ts'
import { readCounts } from './arrival-values.ts'
import { InstantReader } from './instant-reader.ts'

/** Where the arrivals of a trace are: plain data, for other threads. */
export interface TraceReference {
  /** {@link traceKey} of the trace's plan. */
  readonly key: string
  readonly path: string
  readonly header: ArrivalFileHeader
}

/** What has to be equal for two loads to share a file of arrivals: how it is read, not how it is used. */
export function traceKey({ files, source, from, until, badRows }: TracePlan): string {
  return canonicalJson({ files, source, from, until, badRows })
}

/** Opens traces that have been read. Every load gets a reader of its own; all are closed together. */
export class OpenTraces implements Disposable {
  readonly #references: readonly TraceReference[]
  readonly #readers: InstantReader[] = []

  constructor(references: readonly TraceReference[]) {
    this.#references = references
  }

  readonly open: OpenTrace = (plan) => this.#open(plan)

  /** Whether a file could not be read to its end. */
  get failed(): boolean {
    return this.#readers.some((reader) => reader.failed)
  }

  [Symbol.dispose](): void {
    for (const reader of this.#readers.splice(0)) reader[Symbol.dispose]()
  }

  #open(plan: TracePlan): TraceContent {
    const key = traceKey(plan)
    const reference = this.#references.find((candidate) => candidate.key === key)
    if (reference === undefined)
      throw new ServebenchError('SERVEBENCH_TRACE', `The trace ${plan.files.join(', ')} has not been read.`)
    const { path, header } = reference
    const { arrivals, length, peak } = header
    if (header.kind === 'counts')
      return {
        kind: 'counts',
        arrivals,
        length,
        peak,
        every: header.every as number,
        counts: readCounts(path, header),
      }
    const reader = new InstantReader(path, header.values)
    this.#readers.push(reader)
    return { kind: 'instants', arrivals, length, peak, next: () => reader.next() }
  }
}
