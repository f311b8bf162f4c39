import { ExitCode, ServebenchError } from 'servebench/plugin'

const ADVICE: Readonly<Record<string, string>> = {
  InvalidKeyException:
    "The server demands tokens: name its key_file.json in `keyFile`, or start it with --disable-token-auth. Tokens expire: it can be renewed with the server's API key.",
  MethodNotAllowedException: 'Start the server with --enable-model-api, so that models can be registered.',
  ModelNotFoundException: 'Check the name of the model, and whether it is registered.',
  ModelVersionNotFoundException: 'Leave the version out for the default one, or register it.',
}

/** The management API, or the metrics, answered with an error. */
export class TorchServeCallError extends ServebenchError {
  override readonly name = 'TorchServeCallError'
  readonly status: number
  /** The server's own name for it: `ModelNotFoundException`. */
  readonly type: string
  /** The server's own words. */
  readonly reason: string

  constructor(call: string, status: number, type: string, reason: string) {
    super(
      'SERVEBENCH_TORCHSERVE_CALL',
      `${call}: HTTP ${status}: ${reason === '' ? 'no reason given' : reason}`,
      {
        advice: ADVICE[type] ?? "The server's log may say more.",
        exitCode: ExitCode.target,
      },
    )
    this.status = status
    this.type = type
    this.reason = reason
  }
}
