import type { OipSessionOptions } from '@servebench/plugin-oip/dialect'
import type { StreamUse } from './target-options.ts'

/** What the session module gets from the preflight. Plain data. */
export interface TritonSessionOptions extends OipSessionOptions {
  /** `exchange`: the scenario's own exchanges are streams. */
  readonly stream: StreamUse | 'exchange'
}
