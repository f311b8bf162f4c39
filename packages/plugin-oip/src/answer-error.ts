import { ExitCode, ServebenchError } from 'servebench/plugin'

/** An answer that cannot be read, or that says that it is an error. */
export function answerError(message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_OIP_ANSWER', message, {
    advice: 'Check that the server speaks the Open Inference Protocol (KServe v2).',
    exitCode: ExitCode.target,
  })
}
