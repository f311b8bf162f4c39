import type { TracePlan } from '../arrival/load-plan.ts'
import type { OpenTrace, TraceContent, TraceFacts } from '../arrival/process.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { canonicalJson } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'
import type { ArrivalFileHeader } from './arrival-format.ts'
import { readBlocks, readCounts } from './arrival-values.ts'
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
    const { path, header } = referenceOf(this.#references, plan)
    if (header.kind === 'counts') return countsOf(path, header)
    const reader = new InstantReader(path, header.values)
    this.#readers.push(reader)
    return { ...factsOf(header), kind: 'instants', next: () => reader.next() }
  }
}

/** Opens a trace for a reader that may wait for the disk: every instant is there when it is asked for. */
export function openTraceAtOnce(references: readonly TraceReference[]): OpenTrace {
  return (plan) => {
    const { path, header } = referenceOf(references, plan)
    if (header.kind === 'counts') return countsOf(path, header)
    const blocks = readBlocks(path, header.values)
    let block = new Float64Array(0)
    let at = 0
    const next = (): Nanos => {
      if (at === block.length) {
        const read = blocks.next()
        if (read.done === true) return Infinity
        block = read.value as Float64Array<ArrayBuffer>
        at = 0
      }
      return block[at++] as number
    }
    return { ...factsOf(header), kind: 'instants', next }
  }
}

function referenceOf(references: readonly TraceReference[], plan: TracePlan): TraceReference {
  const key = traceKey(plan)
  const reference = references.find((candidate) => candidate.key === key)
  if (reference !== undefined) return reference
  throw new ServebenchError('SERVEBENCH_TRACE', `The trace ${plan.files.join(', ')} has not been read.`)
}

function factsOf({ arrivals, length, peak }: ArrivalFileHeader): TraceFacts {
  return { arrivals, length, peak }
}

function countsOf(path: string, header: ArrivalFileHeader): TraceContent {
  return {
    ...factsOf(header),
    kind: 'counts',
    every: header.every as Nanos,
    counts: readCounts(path, header),
  }
}
