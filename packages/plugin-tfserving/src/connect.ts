import { defaultInputOf, engineOf } from '@servebench/plugin-oip/dialect'
import type { OipModel } from '@servebench/plugin-oip/protocol'
import { moduleUrl, ServebenchError, suggest, ValidationError } from 'servebench/plugin'
import type { ConnectContext, JsonValue, SessionReference, TargetPlan } from 'servebench/plugin'
import { describeModel } from './server/describe-model.ts'
import { GrpcClient } from './server/grpc-client.ts'
import { HttpClient } from './server/http-client.ts'
import type { TfServingSessionOptions } from './session-options.ts'
import { isGrpc, readSettings } from './settings.ts'
import type { TfServingSettings } from './settings.ts'
import { KIND } from './target.ts'

/**
 * The preflight of a target: that there is such a server, and that it has the model and the signature.
 * @throws {ServebenchError} with what is wrong
 */
export async function connect(
  target: TargetPlan,
  context: ConnectContext,
  root: string,
): Promise<SessionReference> {
  if (context.exchange === 'stream') {
    throw new ServebenchError(
      'SERVEBENCH_STREAM_UNSUPPORTED',
      `The ${KIND} target answers one request per exchange; the scenario asks for a stream.`,
      { advice: 'Leave `exchange` out.' },
    )
  }
  const settings = readSettings(target.options, context.server?.endpoints, root)
  const { url, protocol, method, headers, tls, model: name, version, versionLabel, signature } = settings
  const grpc = isGrpc(protocol)
  const client = new (grpc ? GrpcClient : HttpClient)(url, {
    headers,
    signal: context.signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const described = await describeModel(client, { name, version, versionLabel }, signature)
  const model = method === 'predict' ? described.model : withoutTensors(described.model)
  checkOutputs(settings, model)
  const transport = engineOf(settings, grpc ? 'grpc' : 'http')
  const options: TfServingSessionOptions = {
    ...settings,
    transport,
    description: model,
    close: context.settings.connections.reuse === 'per-request',
  }
  return {
    module: moduleUrl(import.meta.url, './session'),
    options: options as unknown as JsonValue,
    engine: transport,
    multiplexed: grpc,
    metadata: model,
    ...(method === 'predict' ? { defaultInput: defaultInputOf(model, settings.defaultInput, KIND) } : {}),
    server: {
      protocol,
      model: { name, version: described.version, signature, signatures: described.signatures },
    },
    warnings: warningsOf(settings),
  }
}

/** The tensor that serialised examples go into is not what a request has. */
function withoutTensors(model: OipModel): OipModel {
  return { ...model, inputs: [], outputs: [] }
}

function checkOutputs({ outputs }: TfServingSettings, model: OipModel): void {
  const names = model.outputs.map(({ name }) => name)
  const problems = outputs
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `${KIND}.outputs`,
      message: `'${name}' is no output of the signature, which has ${names.join(', ')}.`,
      suggestion: suggest(name, names),
    }))
  if (problems.length > 0) throw new ValidationError(`The ${KIND} target`, problems)
}

function warningsOf({ outputs, protocol }: TfServingSettings): readonly string[] {
  if (outputs.length === 0 || isGrpc(protocol)) return []
  return ['The REST API has no choice of outputs: servers send all of them.']
}
