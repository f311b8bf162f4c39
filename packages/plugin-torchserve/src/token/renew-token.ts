import { ExitCode, formatDuration, ServebenchError } from 'servebench/plugin'
import type { Nanos } from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import { readKeyFile } from './key-file.ts'
import type { KeyUse } from './key-file.ts'

const MILLISECOND = 1e6

interface Renewal {
  readonly keyFile: string
  /** Where tokens are renewed; `null` where that is not known. */
  readonly managementUrl: string | null
  readonly signal?: AbortSignal
}

/**
 * Makes sure that a token lasts: one that would expire within `needed` is renewed with the server's API key. The server
 * forgets the old one at that instant, so this is for the time between trials.
 * @returns a warning where even a new token does not last as long; `null` where all is well
 * @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_TOKEN` when it has expired and cannot be renewed
 */
export async function ensureToken(
  use: Exclude<KeyUse, 'API'>,
  { keyFile, managementUrl, signal }: Renewal,
  needed: Nanos,
  now: () => number = Date.now,
): Promise<string | null> {
  const lasts = (): boolean => {
    const { expires } = readKeyFile(keyFile, use)
    return expires === null || (expires - now()) * MILLISECOND > needed
  }
  if (lasts()) return null
  if (managementUrl !== null) {
    await renew(use, keyFile, managementUrl, signal)
    if (lasts()) return null
  }
  const { expires } = readKeyFile(keyFile, use)
  const left = ((expires as number) - now()) * MILLISECOND
  if (left <= 0) {
    throw failure(
      `The token for ${use} in '${keyFile}' has expired.`,
      'Renew it with the API key: GET MANAGEMENT/token?type=TYPE; with a managementUrl that is done for you.',
    )
  }
  return (
    `The token for ${use} lasts ${formatDuration(left)}, and the trial up to ${formatDuration(needed)}: requests ` +
    `after that will fail with 400. Start the server with a longer token_expiration_min.`
  )
}

async function renew(
  use: string,
  keyFile: string,
  managementUrl: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { key } = readKeyFile(keyFile, 'API')
  const caller = new RestCaller({
    headers: { authorization: `Bearer ${key}` },
    ...(signal === undefined ? {} : { signal }),
  })
  const { status } = await caller.call('GET', `${managementUrl}/token?type=${use}`)
  // The body of a good answer may hold the token.
  if (status === 200) return
  throw failure(
    `${new URL(managementUrl).host} answers ${status} when the token for ${use} is to be renewed.`,
    `Check that '${keyFile}' is the file of this server, and has its API key.`,
  )
}

function failure(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_TORCHSERVE_TOKEN', message, { advice, exitCode: ExitCode.target })
}
