import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ExplainedSession } from '@servebench/plugin-oip/dialect'
import type { Explanations } from '@servebench/plugin-oip/dialect'
import type { Patch, Prepared, TargetSession } from 'servebench/session'
import { IDS_FILE } from './ids-file.ts'
import type { RequestIds } from './request-ids.ts'

/** A session that leaves behind which id the server has given to which unit, for requests to be joined with its log. */
export class IdentifiedSession extends ExplainedSession {
  readonly #ids: RequestIds
  readonly #folder: string

  /** @param folder of the profile */
  constructor(session: TargetSession, examples: Explanations, ids: RequestIds, folder: string) {
    super(session, examples)
    this.#ids = ids
    this.#folder = folder
  }

  override open(slot: number, prepared: Prepared, patch: Patch): void {
    this.#ids.opened(slot, patch.unit)
    super.open(slot, prepared, patch)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    // Several workers and streams write beside each other.
    await this.#ids.write(join(this.#folder, `${IDS_FILE}${randomUUID()}`))
  }
}
