/** What the lines of a query file are. */
export type QueryLines =
  /** Each line is a path with its query, sent as `GET`. */
  | 'url'
  /** A line that begins with `/` is a path; the lines up to the next such line are its body, sent as `POST`. */
  | 'url-and-body'
  /** Each line is a body, sent as `POST` to the target's URL. */
  | 'body'

/** Who sends which query. */
export type QueryDeal =
  /** The file is one queue: whoever is due takes the next query. */
  | 'shared'
  /** Each client has a part of the file, all about equally long in bytes. */
  | 'split'
  /** Each client replays the whole file, or the file with its own number. */
  | 'each'

/** The part of a file that is replayed by one client, or by all together: queries that begin in [from, until). */
export interface QueryPart {
  /** Absolute. */
  readonly path: string
  readonly from: number
  readonly until: number
}

/** How query files are replayed: plain data, made before the trial by `scanQueries`, obeyed while measuring. */
export interface QueryPlan {
  readonly lines: QueryLines
  /** One, when all clients share it; else that of each client. */
  readonly parts: readonly QueryPart[]
  /** Put after each path. */
  readonly append: string
  /** Lines with a path are shorter than this many bytes; bodies than 16 times as many. */
  readonly maxLine: number
  /** Whether bodies are written in base64. */
  readonly base64: boolean
}

/** Bodies may be this many times longer than lines with a path, as in fbench. */
export const BODY_FACTOR = 16
