import type { CollectedFile } from './collect-file.ts'
import type { CollectRequest } from './collect-scenario.ts'

/** To the collector thread. */
export interface CollectCommand {
  /** Absolute paths. */
  readonly files: readonly string[]
  readonly request: CollectRequest
}

/** From the collector thread. */
export type CollectEvent =
  /** The thread is up: its modules are loaded. */
  | { readonly type: 'ready' }
  /** A file is about to be imported: its time runs. */
  | { readonly type: 'started'; readonly file: string }
  /** One of the user's files imports another. Told at once, so that it is known of files that never finish. */
  | { readonly type: 'imports'; readonly importer: string; readonly imported: string }
  | {
      readonly type: 'collected'
      readonly file: string
      readonly result: CollectedFile
      readonly milliseconds: number
    }
