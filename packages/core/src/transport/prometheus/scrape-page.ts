import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { messageOf } from '../../errors/plugin-error.ts'
import type { RestCaller } from '../http1/rest-caller.ts'

/**
 * The text of a Prometheus endpoint.
 * @throws {ServebenchError} `SERVEBENCH_METRICS` with why there is none
 */
export async function scrapePage(caller: RestCaller, url: string): Promise<string> {
  const { status, body } = await caller.call('GET', url).catch((cause: unknown) => {
    throw unavailable(messageOf(cause), cause)
  })
  if (status !== 200) throw unavailable(`${url} answers HTTP ${status} instead of metrics.`)
  return body.toString()
}

function unavailable(reason: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_METRICS', `unavailable: ${reason}`, {
    advice: "Check the URL of the server's metrics, and that they are switched on.",
    exitCode: ExitCode.target,
    ...(cause === undefined ? {} : { cause }),
  })
}
