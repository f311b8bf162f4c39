import { ExitCode, ServebenchError } from 'servebench/plugin'

/** An answer that cannot be read, or that says that it is an error. */
export function answerError(message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_TFSERVING_ANSWER', message, {
    advice: "Check that the server speaks TensorFlow Serving's API.",
    exitCode: ExitCode.target,
  })
}
