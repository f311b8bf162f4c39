import { ExitCode, moduleUrl, ServebenchError, suggest } from 'servebench/plugin'
import type { ConnectContext, JsonObject, JsonValue, SessionReference, TargetPlan } from 'servebench/plugin'
import { RestCaller, checkHttpEndpoint } from 'servebench/session'
import { ManagementClient, callError } from './control/management-client.ts'
import type { ModelDescription } from './control/model-description.ts'
import type { TorchServeControl } from './control/torchserve-control.ts'
import { readSettings } from './settings.ts'
import type { TargetSettings } from './settings.ts'
import { authorize } from './token/token-source.ts'
import type { Access, TokenSource } from './token/token-source.ts'
import { ensureToken } from './token/renew-token.ts'

/**
 * The preflight of a target: that the server answers, that its token lasts, and that it has the model with workers that
 * are ready.
 * @param access to the case's server
 * @throws {ServebenchError} with what is wrong
 */
export async function connect(
  target: TargetPlan,
  context: ConnectContext,
  { root, access }: { readonly root: string; readonly access: Access },
): Promise<SessionReference> {
  const settings = readSettings(target.options, {
    endpoints: context.server?.endpoints,
    token: access.inference,
    root,
  })
  const { url, transport, protocol, tls } = settings
  if (context.exchange === 'stream') {
    throw new ServebenchError('SERVEBENCH_TORCHSERVE_STREAM', 'TorchServe is sent one message per request.', {
      advice: 'Leave `exchange` out: `stream: true` is for answers that come in parts.',
    })
  }
  const warnings: string[] = []
  if (settings.token !== null) warnings.push(...(await checkToken(settings, settings.token, context)))
  if (protocol === 'http') await checkPing(settings, context)
  else await checkHttpEndpoint(url, tls, context.signal)
  const model = await findModel(settings, access, context)
  const { managementUrl: _managementUrl, ...options } = settings
  const profile = (context.server?.control as TorchServeControl | null | undefined)?.profileFolder ?? null
  return {
    module: moduleUrl(import.meta.url, './session'),
    options: {
      ...options,
      ...(profile === null || protocol === 'grpc' ? {} : { profile }),
      close: context.settings.connections.reuse === 'per-request',
    } as unknown as JsonValue,
    engine: transport,
    multiplexed: protocol === 'grpc',
    server: describe(settings, model),
    warnings,
  }
}

/** The token has to last from the trial's first request to its last. */
async function checkToken(
  { managementUrl }: TargetSettings,
  token: TokenSource,
  { settings, signal }: ConnectContext,
): Promise<readonly string[]> {
  authorize(token, 'inference')
  if (!('keyFile' in token)) return []
  const warmup =
    'duration' in settings.warmup
      ? settings.warmup.duration
      : 'maximum' in settings.warmup
        ? settings.warmup.maximum
        : 0
  const needed = warmup + (settings.duration ?? 0) + settings.drain + settings.timeout
  const warning = await ensureToken('inference', { keyFile: token.keyFile, managementUrl, signal }, needed)
  return warning === null ? [] : [warning]
}

async function checkPing(
  { url, tls, headers, token }: TargetSettings,
  { signal }: ConnectContext,
): Promise<void> {
  const caller = new RestCaller({
    headers: { ...headers, ...(token === null ? {} : { authorization: authorize(token, 'inference') }) },
    signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const answer = await caller.call('GET', `${url}/ping`)
  // A model without enough workers makes the whole server unhealthy (500); it need not be the one that is asked.
  if (answer.status === 200 || answer.status === 500) return
  throw callError(`GET ${url}/ping`, answer)
}

async function findModel(
  settings: TargetSettings,
  access: Access,
  { signal }: ConnectContext,
): Promise<ModelDescription | null> {
  const { managementUrl, model, version, api, token, tls } = settings
  if (managementUrl === null || api === 'workflow') return null
  const client = new ManagementClient({
    url: managementUrl,
    token: token !== null && 'keyFile' in token ? token : access.management,
    signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const [found] = await client.describe(model, version)
  if (found === undefined) throw await noModel(client, model, version)
  if (found.ready > 0) return found
  throw new ServebenchError(
    'SERVEBENCH_TORCHSERVE_WORKERS',
    `Model '${model}' at ${managementUrl} has no worker that is ready: every request would fail with 503.`,
    {
      advice:
        'Say state: { workers } of torchServe(), or scale it: PUT /models/MODEL?min_worker=1&synchronous=true.',
      exitCode: ExitCode.target,
    },
  )
}

async function noModel(client: ManagementClient, model: string, version: string): Promise<ServebenchError> {
  const versions = (await client.describe(model)).map((each) => each.version)
  if (versions.length > 0) {
    return new ServebenchError(
      'SERVEBENCH_TORCHSERVE_MODEL',
      `Model '${model}' at ${client.url} has no version '${version}'.`,
      { advice: `It has ${versions.join(', ')}.`, exitCode: ExitCode.target },
    )
  }
  const names = await client.list()
  const likely = suggest(model, names)
  return new ServebenchError(
    'SERVEBENCH_TORCHSERVE_MODEL',
    `There is no model '${model}' at ${client.url}.`,
    {
      advice:
        names.length === 0
          ? 'It has none: register some.'
          : `It has ${names.slice(0, 10).join(', ')}.${likely === undefined ? '' : ` Did you mean '${likely}'?`}`,
      exitCode: ExitCode.target,
    },
  )
}

function describe(
  { protocol, api, model, version, stream }: TargetSettings,
  found: ModelDescription | null,
): JsonObject {
  return {
    protocol,
    api,
    ...(stream ? { stream } : {}),
    model: {
      name: model,
      version: found?.version ?? (version === '' ? null : version),
      ...(found === null
        ? {}
        : { workers: found.ready, batchSize: found.batchSize, maxBatchDelay: found.maxBatchDelay }),
    },
  }
}
