import type { SessionReference } from '../hooks/providers.ts'
import { parseDuration, type Duration } from '../units/duration.ts'
import { checkRules, type ConformanceReport } from './conformance.ts'
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
): Promise<ConformanceReport> {
  const patience = parseDuration(options.patience ?? '5s') / 1e6
  const sockets = openSockets()
  const checked = options as TargetCheckOptions
  return checkRules({
    subject: `The target on ${reference.engine}`,
    rules: TARGET_RULES,
    options: checked,
    attempt: async (rule) => {
      await using bench = new TargetBench(reference, checked, patience, sockets)
      await rule.run(bench)
      bench.verify()
    },
  })
}
