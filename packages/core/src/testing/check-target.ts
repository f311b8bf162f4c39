import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { SessionReference } from '../hooks/providers.ts'
import { parseDuration, type Duration } from '../units/duration.ts'
import { Breach, sentenceOf } from './breach.ts'
import { openSockets, TargetBench } from './target-bench.ts'
import { TARGET_RULES } from './target-rules.ts'

/** Requests whose answers are known: the check sends them to a server that the test has started. */
export interface TargetCheckOptions<Request = unknown, Response = unknown> {
  /** The server answers it, always and soon. */
  readonly request: Request
  /** Whether a decoded answer to `request` is the right one; by default it only has to be decoded. */
  readonly accept?: (response: Response) => boolean
  /** A request that the server answers with an error, and the name of that failure in results, such as `http-503`. */
  readonly failing?: { readonly request: Request; readonly failure: string }
  /** A request that the server does not answer within `patience`: it shows that cancelling works. */
  readonly slow?: Request
  /** Ends the server. What happens to a target without one is then checked last. */
  readonly stopServer?: () => Promise<unknown>
  /** How long any one exchange may take; 5 s by default. */
  readonly patience?: Duration
}

/** What was checked. */
export interface TargetReport {
  /** Rules that held. */
  readonly held: readonly string[]
  /** Rules that need an option which was not given. */
  readonly skipped: readonly string[]
}

/**
 * Checks a target against the contract of sessions (`TargetSession`, `Exchange`), as the engine relies on it: exchanges
 * settle once, cancelling frees the slot, failures have their names, payloads are not written to, bytes are counted, and
 * a session that is disposed leaves no connection open.
 *
 * Sends some two hundred requests over at most three connections. Only unary exchanges are checked. Nothing else of the
 * process may open or close sockets meanwhile.
 * @param reference what the plugin's `connect` provider returned; see `connectTarget`
 * @throws {ValidationError} with every rule that was broken, and how
 */
export async function checkTarget<Request, Response>(
  reference: SessionReference,
  options: TargetCheckOptions<Request, Response>,
): Promise<TargetReport> {
  const patience = parseDuration(options.patience ?? '5s') / 1e6
  const sockets = openSockets()
  const problems: Problem[] = []
  const held: string[] = []
  const skipped: string[] = []
  for (const { name, needs, run } of TARGET_RULES) {
    if (needs !== undefined && options[needs] === undefined) {
      skipped.push(name)
      continue
    }
    try {
      await using bench = new TargetBench(reference, options as TargetCheckOptions, patience, sockets)
      await run(bench)
      bench.verify()
      held.push(name)
    } catch (error) {
      problems.push({ path: name, message: sentenceOf(error) })
      // Whatever comes next would only repeat it.
      if (error instanceof Breach && error.isFinal) break
    }
  }
  if (problems.length > 0) throw new ValidationError(`The target on ${reference.engine}`, problems)
  return { held, skipped }
}
