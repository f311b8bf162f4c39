import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TracePlan } from '../arrival/load-plan.ts'
import { removeQuietly } from '../report/atomic-file.ts'
import { formatCount, formatRate } from '../report/quantity.ts'
import { formatDuration } from '../units/duration.ts'
import { traceKey, type TraceReference } from './open-trace.ts'
import { prepareTrace, type PreparedTrace } from './prepare-trace.ts'

export interface StoredTrace extends PreparedTrace {
  readonly reference: TraceReference
}

/** The traces of a run: each is read once, and its file of arrivals kept until the run ends. */
export class TraceStore implements Disposable {
  readonly #root: string
  readonly #folder: string
  readonly #prepared = new Map<string, Promise<PreparedTrace>>()

  /**
   * @param root what relative files start from
   * @param folder where files of arrivals are kept; made when it is needed, and removed at the end
   */
  constructor(root: string, folder: string) {
    this.#root = root
    this.#folder = folder
  }

  /**
   * Reads a trace, unless it has been read; one that cannot be read is not tried again in the same run.
   * @throws {ServebenchError} `SERVEBENCH_TRACE`
   */
  async prepare(plan: TracePlan, signal?: AbortSignal): Promise<StoredTrace> {
    const key = traceKey(plan)
    let prepared = this.#prepared.get(key)
    if (prepared === undefined) {
      mkdirSync(this.#folder, { recursive: true })
      const path = join(this.#folder, `${this.#prepared.size}.arrivals`)
      prepared = prepareTrace(plan, { root: this.#root, path, ...(signal === undefined ? {} : { signal }) })
      this.#prepared.set(key, prepared)
    }
    const trace = await prepared
    return { ...trace, reference: { key, path: trace.path, header: trace.header } }
  }

  [Symbol.dispose](): void {
    if (this.#prepared.size > 0) removeQuietly(this.#folder)
  }
}

/** What has been read, as a sentence. */
export function describePrepared({ header, sources }: PreparedTrace): string {
  const files = sources.map(({ file, sha256 }) => `${file} (SHA-256 ${sha256.slice(0, 12)})`).join(', ')
  const mean = header.length > 0 ? `, ${formatRate((header.arrivals * 1e9) / header.length)} on average` : ''
  return `The trace ${files} has ${formatCount(header.arrivals)} arrivals in ${formatDuration(header.length)}${mean}.`
}
