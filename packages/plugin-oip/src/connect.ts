import { moduleUrl, ServebenchError } from 'servebench/plugin'
import type { ConnectContext, JsonObject, JsonValue, SessionReference, TargetPlan } from 'servebench/plugin'
import type { GrpcEngine, HttpEngine } from 'servebench/session'
import { planDefaultInput } from './mapping/plan-default-input.ts'
import { createClient } from './server/create-client.ts'
import { describeModel } from './server/describe-model.ts'
import type { DescribedModel } from './server/describe-model.ts'
import { describeServer, hasExtension } from './server/describe-server.ts'
import { fieldsOf } from './server/json-fields.ts'
import type { OipServer } from './server/describe-server.ts'
import type { OipSessionOptions } from './session-options.ts'
import { readSettings } from './settings.ts'
import type { OipSettings } from './settings.ts'
import type { OipProtocol } from './target.ts'

const BINARY_TENSORS = 'binary_tensor_data'

/**
 * The preflight of a target: that there is a server of the protocol, and that it has the model.
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
      'The oip target answers one request per exchange; the scenario asks for a stream.',
      {
        advice: 'Leave `exchange` out.',
      },
    )
  }
  const settings = readSettings(target.options, context.server?.endpoints, root)
  const { url, headers, tls, model: name, version } = settings
  const client = createClient(url, settings.protocol ?? 'http', {
    headers,
    signal: context.signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const server = await describeServer(client)
  const described = await describeModel(client, server, name, version)
  refuseDecoupled(described)
  const protocol = settings.protocol ?? (hasExtension(server, BINARY_TENSORS) ? 'http' : 'http-json')
  const transport = engineOf(settings, protocol)
  const options: OipSessionOptions = {
    ...settings,
    protocol,
    transport,
    description: described.model,
    close: context.settings.connections.reuse === 'per-request',
  }
  return {
    module: moduleUrl(import.meta.url, './session'),
    options: options as unknown as JsonValue,
    engine: transport,
    multiplexed: protocol === 'grpc',
    metadata: described.model,
    defaultInput: {
      module: moduleUrl(import.meta.url, './default-input'),
      options: planDefaultInput(described.model, settings.defaultInput) as unknown as JsonValue,
    },
    server: reportServer(server, described, protocol),
    warnings: warningsOf(settings, protocol, server, described),
  }
}

function engineOf({ engine }: OipSettings, protocol: OipProtocol): HttpEngine | GrpcEngine {
  if (protocol === 'grpc') return engine === 'node' ? 'grpc-node-http2' : 'grpc-http2'
  return engine === 'undici' ? 'http1-undici' : 'http1-raw'
}

function refuseDecoupled({ model, config }: DescribedModel): void {
  if (fieldsOf(config?.['model_transaction_policy'])['decoupled'] !== true) return
  const message = `Model '${model.name}' is decoupled: it answers any number of times, which only streams can carry.`
  throw new ServebenchError('SERVEBENCH_OIP_DECOUPLED', message, {
    advice: 'Measure another model with this target.',
  })
}

function reportServer(
  server: OipServer | null,
  { model, platform, versions }: DescribedModel,
  protocol: OipProtocol,
): JsonObject {
  return {
    protocol,
    ...(server === null ? {} : { name: server.name, version: server.version, extensions: server.extensions }),
    model: { name: model.name, platform, versions, maxBatchSize: model.maxBatchSize },
  }
}

function warningsOf(
  { protocol: wanted, serverStages, compressedAnswers }: OipSettings,
  protocol: OipProtocol,
  server: OipServer | null,
  { config, model }: DescribedModel,
): readonly string[] {
  const warnings: string[] = []
  if (wanted === undefined && protocol === 'http-json') {
    warnings.push('The server lists no binary tensor data extension: tensors are sent as JSON.')
  }
  if (wanted === 'http' && !hasExtension(server, BINARY_TENSORS)) {
    warnings.push(
      "The server lists no binary tensor data extension: if requests fail, use protocol: 'http-json'.",
    )
  }
  if (serverStages && compressedAnswers && protocol === 'grpc') {
    warnings.push("The server's own times are not recorded: they are inside compressed messages.")
  }
  if (config?.['sequence_batching'] !== undefined) {
    warnings.push(
      `Model '${model.name}' keeps the state of sequences: requests without a sequence_id in their parameters fail.`,
    )
  }
  return warnings
}
