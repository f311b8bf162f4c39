import { inspect } from 'node:util'
import { ServebenchError, type ExitCode } from '../errors/servebench-error.ts'
import type { SerializedError } from './protocol.ts'

/** An error as plain data: a structured clone would lose its class, code and advice. */
export function serializeError(thrown: unknown): SerializedError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', code: null, message: String(thrown), advice: null, exitCode: null, stack: null }
  }
  const own = thrown instanceof ServebenchError ? thrown : null
  return {
    name: thrown.name,
    code: own?.code ?? null,
    message: withCauses(thrown),
    advice: own?.advice ?? null,
    exitCode: own?.exitCode ?? null,
    stack: thrown.stack ?? null,
  }
}

export function deserializeError(error: SerializedError): ServebenchError {
  const revived = new ServebenchError(
    (error.code ?? 'SERVEBENCH_INTERNAL') as `SERVEBENCH_${string}`,
    error.message,
    {
      ...(error.advice === null ? {} : { advice: error.advice }),
      ...(error.exitCode === null ? {} : { exitCode: error.exitCode as ExitCode }),
    },
  )
  if (error.stack !== null) revived.stack = error.stack
  return revived
}

/** The message with those of its causes, unless they are quoted already. */
function withCauses(error: Error): string {
  let text = error.message
  let cause: unknown = error.cause
  for (let depth = 0; depth < 5 && cause !== undefined && cause !== null; depth++) {
    const message =
      cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : inspect(cause)
    if (message !== '' && !text.includes(message)) text += ` (${message})`
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return text
}
