import type { ByteSize, InputSpec, JsonObject } from '../../plugin.ts'
import type { HttpHeaders, QueryDeal, QueryLines } from '../../session.ts'

export interface QueriesOptions {
  /**
   * What the lines are. `'url'` (the default): each a path with its query, sent as `GET`. `'url-and-body'`: a line that
   * begins with `/` is a path, and the lines up to the next such line are its body, sent as `POST`. `'body'`: each a
   * body, sent as `POST` to the target's URL.
   */
  readonly lines?: QueryLines
  /**
   * Who sends which. `'shared'` (the default): whoever is due takes the next query. `'split'`: each client of a closed
   * loop has a part of the file. `'each'`: each client replays all of it, from its beginning. A file for each client
   * (`query%03d.txt`) needs no word.
   */
  readonly deal?: QueryDeal
  /** How often each file, or part of one, is replayed: a client that is through leaves, and the trial ends with the last. Until the load ends by default. */
  readonly times?: number
  /** Where to begin in each file: with the first line that begins there or later. */
  readonly offset?: ByteSize
  /** Paths must be shorter, bodies than 16 times as much; `'128KiB'` by default. */
  readonly maxLine?: ByteSize
  /** `'strict'` (the default): a line that cannot be sent is an error. `'skip'`: it is left out, and counted. */
  readonly badLines?: 'strict' | 'skip'
  /** Put after each path. */
  readonly append?: string
  /** Whether bodies are written in base64. */
  readonly base64?: boolean
  /** Instead of `GET`, or of `POST` with a body. */
  readonly method?: string
  /** Sent with every query, after those of the target, which they replace. Bodies are `application/json` unless they say otherwise. */
  readonly headers?: HttpHeaders
}

/**
 * Queries from files, for the target `http`: replayed by the clients of a closed loop, or in order in an open one. Files
 * are read while measuring, a block at a time: they may be larger than memory.
 * @param file from the project's folder on; `%d` or `%03d` in it is the number of the client, from 0
 * @example input: queries('queries.txt', { deal: 'split' })
 */
export function queries(file: string, options: QueriesOptions = {}): InputSpec {
  const given: JsonObject = { ...options }
  return { input: 'queries', package: 'servebench', options: { ...given, file } }
}
