import { ServebenchError } from 'servebench/plugin'
import type { ConnectContext } from 'servebench/plugin'

/** @throws {ServebenchError} `SERVEBENCH_STREAM_UNSUPPORTED` when the scenario has streams */
export function refuseStreams(kind: string, { exchange }: ConnectContext): void {
  if (exchange !== 'stream') return
  throw new ServebenchError(
    'SERVEBENCH_STREAM_UNSUPPORTED',
    `The ${kind} target answers one request per exchange; the scenario asks for a stream.`,
    { advice: 'Leave `exchange` out.' },
  )
}
