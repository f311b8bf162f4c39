import { deriveInput, ValidationError } from 'servebench/plugin'
import type { ConnectContext, JsonObject, ModuleReference, SessionReference } from 'servebench/plugin'
import type { GrpcEngine, HttpEngine } from 'servebench/session'
import type { OipModel } from './mapping/model.ts'
import { createSequenceFields, SEQUENCE_ID } from './mapping/unique-fields.ts'
import type { SequenceFields, SequenceId } from './mapping/unique-fields.ts'
import { createClient } from './server/create-client.ts'
import { describeModel } from './server/describe-model.ts'
import type { DescribedModel } from './server/describe-model.ts'
import { describeServer, hasExtension } from './server/describe-server.ts'
import type { OipServer } from './server/describe-server.ts'
import { fieldsOf, listOf } from './server/json-fields.ts'
import type { OipClient } from './server/oip-client.ts'
import type { OipSessionOptions } from './session-options.ts'
import type { OipSettings } from './settings.ts'
import { isGrpc } from './target.ts'
import type { DefaultInputOptions, OipProtocol } from './target.ts'

const BINARY_TENSORS = 'binary_tensor_data'

/** What a preflight has found out. */
export interface Preflight {
  readonly client: OipClient
  /** `null` when the server does not describe itself. */
  readonly server: OipServer | null
  readonly described: DescribedModel
  /** Whether the model answers any number of times. */
  readonly decoupled: boolean
  readonly protocol: OipProtocol
  /** For {@link createCodec} and {@link createSession}. */
  readonly options: OipSessionOptions
  readonly defaultInput: ModuleReference
  readonly warnings: readonly string[]
}

/**
 * Reads what the server says about itself and the model, and decides what its options leave open.
 * @throws {ServebenchError} when there is no such server or model, or the options do not fit them
 */
export async function preflight(
  settings: OipSettings,
  context: Pick<ConnectContext, 'settings' | 'signal'>,
): Promise<Preflight> {
  const { url, headers, tls, model: name, version } = settings
  const client = createClient(url, settings.protocol ?? 'http', {
    headers,
    signal: context.signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const server = await describeServer(client)
  const described = await describeModel(client, server, name, version)
  const protocol = settings.protocol ?? (hasExtension(server, BINARY_TENSORS) ? 'http' : 'http-json')
  const sequence = chooseSequence(settings, described)
  return {
    client,
    server,
    described,
    decoupled: fieldsOf(described.config?.['model_transaction_policy'])['decoupled'] === true,
    protocol,
    options: {
      ...settings,
      protocol,
      transport: engineOf(settings, protocol),
      description: described.model,
      unique: { id: settings.requestId, sequence },
      close: context.settings.connections.reuse === 'per-request',
    },
    defaultInput: defaultInputOf(described.model, settings.defaultInput),
    warnings: warningsOf(settings, protocol, server),
  }
}

/** Random tensors that fit a model, for scenarios without input. @param kind of the target, for messages */
export function defaultInputOf(model: OipModel, options: DefaultInputOptions, kind = 'oip'): ModuleReference {
  return deriveInput(model, options, {
    subject: `The ${kind} target`,
    path: 'defaultInput.',
    model: `model '${model.name}'`,
  })
}

/** What a `connect` provider returns, for a session module and its options. */
export function referenceTo(found: Preflight, session: ModuleReference): SessionReference {
  const { options, defaultInput, warnings } = found
  return {
    ...session,
    engine: options.transport,
    multiplexed: isGrpc(options.protocol),
    metadata: options.description,
    defaultInput,
    server: reportServer(found),
    ...(caches(found) ? { caches: true } : {}),
    warnings,
  }
}

/** The transport's name. */
export function engineOf(
  { engine }: Pick<OipSettings, 'engine'>,
  protocol: OipProtocol,
): HttpEngine | GrpcEngine {
  if (isGrpc(protocol)) return engine === 'node' ? 'grpc-node-http2' : 'grpc-http2'
  return engine === 'undici' ? 'http1-undici' : 'http1-raw'
}

/** The model's configuration says whether it keeps state, and which ids it wants. */
function chooseSequence(
  settings: OipSettings,
  { config, model }: DescribedModel,
): SequenceFields | undefined {
  const { sequence = sequenceIdOf(config), parameters = {}, compressRequests } = settings
  if (sequence === 'none' || SEQUENCE_ID in parameters) return undefined
  if (compressRequests) {
    const message = `cannot be combined with sequences, which model '${model.name}' keeps: compressed requests are all the same.`
    throw new ValidationError('The target', [{ path: 'compression.request', message }])
  }
  return createSequenceFields(sequence)
}

function sequenceIdOf(config: JsonObject | null): SequenceId | 'none' {
  const batching = config?.['sequence_batching']
  if (batching === undefined || batching === null) return 'none'
  const controls = listOf(fieldsOf(batching)['control_input']).flatMap((input) =>
    listOf(fieldsOf(input)['control']).map(fieldsOf),
  )
  const id = controls.find(({ kind }) => kind === 'CONTROL_SEQUENCE_CORRID')
  return id?.['data_type'] === 'TYPE_STRING' ? 'text' : 'integer'
}

/** As models of Triton are configured. */
function caches({ described }: Preflight): boolean {
  return fieldsOf(described.config?.['response_cache'])['enable'] === true
}

function reportServer({ server, described, options }: Preflight): JsonObject {
  const { model, platform, versions } = described
  const { sequence } = options.unique
  return {
    protocol: options.protocol,
    ...(server === null ? {} : { name: server.name, version: server.version, extensions: server.extensions }),
    model: { name: model.name, platform, versions, maxBatchSize: model.maxBatchSize },
    ...(sequence === undefined ? {} : { sequence }),
  }
}

function warningsOf(
  { protocol: wanted, serverStages, compressedAnswers }: OipSettings,
  protocol: OipProtocol,
  server: OipServer | null,
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
  if (serverStages && compressedAnswers && isGrpc(protocol)) {
    warnings.push("The server's own times are not recorded: they are inside compressed messages.")
  }
  return warnings
}
