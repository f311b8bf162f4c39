import { setTimeout as delay } from 'node:timers/promises'
import { OipCallError } from '@servebench/plugin-oip/control'
import { ExitCode, ServebenchError } from 'servebench/plugin'

/** Says only that it is no configuration; why is in the log. */
const WITHOUT_REASON = 'failed to poll from model repository'
const CONTROL_OFF = 503
const GRPC_UNAVAILABLE = 14
/** Milliseconds for what the server has written to its log to arrive. */
const LOG_PATIENCE = 2000
const LOG_POLL = 20

/**
 * What a failed load means.
 * @param override whether a configuration was sent along
 * @param log reads the end of the server's log; empty where it is not known
 */
export async function explainLoad(
  model: string,
  error: unknown,
  override: boolean,
  log: () => string,
): Promise<unknown> {
  if (!(error instanceof OipCallError)) return error
  if (error.status === CONTROL_OFF || error.status === GRPC_UNAVAILABLE) {
    return refusal(
      `Triton does not let model '${model}' be loaded: ${withoutStop(error.reason)}.`,
      'Start it with --model-control-mode=explicit, and the models with --load-model=NAME.',
      error,
    )
  }
  const told = error.reason.includes(WITHOUT_REASON) ? await findReason(log, model) : error.reason
  const what = override
    ? `Triton refused the configuration of model '${model}'`
    : `Triton could not load model '${model}'`
  return refusal(
    told === null ? `${what}.` : `${what}: ${withoutStop(told)}.`,
    told === null
      ? `Its log says why${override ? '' : '; a model that no repository has fails like this, too'}.`
      : override
        ? 'What was loaded before goes on serving.'
        : 'Check the files of the model.',
    error,
  )
}

/** Answers and log come on different ways: the answer may be the first one here. */
async function findReason(log: () => string, model: string): Promise<string | null> {
  const deadline = performance.now() + LOG_PATIENCE
  for (;;) {
    const text = log()
    const reason = reasonIn(text, model)
    if (reason !== null || text === '' || performance.now() > deadline) return reason
    await delay(LOG_POLL)
  }
}

/** The newest line about the model among warnings and errors. */
function reasonIn(log: string, model: string): string | null {
  const lines = log.split('\n').filter((line) => /^[EW]\d{4} /.test(line) && line.includes(model))
  const line = lines.at(-1)
  if (line === undefined) return null
  const text = line.replace(/^.*?\] /, '').replace(/^"(.*)"$/s, '$1')
  return text.replace(/^Poll failed for model directory '[^']*': /, '')
}

function withoutStop(text: string): string {
  return text
    .trim()
    .replace(/\s*\n[\s\S]*$/, '')
    .replace(/[.;:]+$/, '')
}

function refusal(message: string, advice: string, cause: OipCallError): ServebenchError {
  return new ServebenchError('SERVEBENCH_TRITON_LOAD', message, { advice, cause, exitCode: ExitCode.target })
}
