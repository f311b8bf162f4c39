import { moduleUrl, ServebenchError } from 'servebench/plugin'
import type { ConnectContext, SessionReference, TargetPlan } from 'servebench/plugin'
import { checkHttpEndpoint } from 'servebench/session'
import type { AcmeOptions } from './target.ts'

/** The preflight: is there somebody, and does it have the model? No load is sent here. */
export async function connect(
  target: TargetPlan,
  { server, signal }: ConnectContext,
): Promise<SessionReference> {
  const { model, url = server?.endpoints['http'] } = target.options as unknown as AcmeOptions
  if (url === undefined) {
    throw new ServebenchError('SERVEBENCH_ACME_URL', 'The target has no URL, and its case has no server.', {
      advice: "Say acme({ url: 'http://host:port' }), or give the scenario a `server`.",
    })
  }
  const { warnings } = await checkHttpEndpoint(url, {}, signal)
  const answer = await fetch(`${url}/models`, { signal })
  const models = (await answer.json()) as readonly string[]
  if (!models.includes(model)) {
    throw new ServebenchError('SERVEBENCH_ACME_MODEL', `The server at ${url} has no model '${model}'.`, {
      advice: `It has ${models.join(', ')}.`,
    })
  }
  return {
    // Imported by load workers and the aide; options are plain data.
    module: moduleUrl(import.meta.url, './session'),
    options: { url: `${url}/predict/${model}` },
    engine: 'http1-raw',
    multiplexed: false,
    warnings,
  }
}
