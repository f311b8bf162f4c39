import { deriveInput, moduleUrl, ServebenchError, suggest, ValidationError } from 'servebench/plugin'
import type {
  ConnectContext,
  JsonValue,
  SessionReference,
  TargetMetadata,
  TargetPlan,
  TensorMetadata,
} from 'servebench/plugin'
import { MODEL_KIND } from '../kinds.ts'
import { refuseStreams } from '../refuse-streams.ts'
import { VespaClient } from '../server/vespa-client.ts'
import type { ModelArgument, ModelFunction } from '../server/vespa-client.ts'
import type { ModelSessionOptions } from './codec.ts'
import { readModelSettings } from './settings.ts'
import { parseTensorType, shapeOf } from './tensor-type.ts'

/**
 * The preflight of a model: that the container evaluates it, and what it takes.
 * @throws {ServebenchError} with what is wrong
 */
export async function connectModel(
  { options }: TargetPlan,
  context: ConnectContext,
  root: string,
): Promise<SessionReference> {
  refuseStreams(MODEL_KIND, context)
  const settings = readModelSettings(options, context.server, root)
  const { url, headers, tls, model } = settings
  const client = new VespaClient(url, {
    headers,
    signal: context.signal,
    ...(tls === undefined ? {} : { tls }),
  })
  const found = chooseFunction(model, settings.function, await client.describeModel(model))
  const version = await client.version().catch(() => null)
  const types = found.arguments.map(readArgument)
  const session: ModelSessionOptions = {
    ...settings,
    api: 'model',
    function: found.name,
    arguments: types,
    close: context.settings.connections.reuse === 'per-request',
  }
  const metadata = describeArguments(types)
  return {
    module: moduleUrl(import.meta.url, '../session'),
    options: session as unknown as JsonValue,
    engine: settings.engine,
    multiplexed: false,
    ...(metadata === null
      ? {}
      : {
          metadata,
          defaultInput: deriveInput(metadata, settings.defaultInput, {
            subject: `The ${MODEL_KIND} target`,
            path: `${MODEL_KIND}.defaultInput.`,
          }),
        }),
    server: {
      version,
      model: { name: model, function: found.name, arguments: types as unknown as JsonValue },
    },
    warnings: [],
  }
}

function chooseFunction(model: string, wanted: string, functions: readonly ModelFunction[]): ModelFunction {
  const names = functions.map(({ name }) => name)
  const found =
    wanted === ''
      ? functions.length === 1
        ? functions[0]
        : undefined
      : functions.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  throw new ValidationError(`The ${MODEL_KIND} target`, [
    {
      path: `${MODEL_KIND}.function`,
      message:
        wanted === ''
          ? `is needed: the model '${model}' has ${names.join(', ')}.`
          : `'${wanted}' is no function of the model '${model}', which has ${names.join(', ')}.`,
      suggestion: suggest(wanted, names),
    },
  ])
}

function readArgument({ name, type }: ModelArgument): ModelArgument {
  if (parseTensorType(type) !== null) return { name, type }
  throw new ServebenchError(
    'SERVEBENCH_VESPA_ANSWER',
    `The argument '${name}' has the type '${type}', which is not known.`,
  )
}

/** `null` when an argument has labels, which are not known. */
function describeArguments(list: readonly ModelArgument[]): TargetMetadata | null {
  const inputs: TensorMetadata[] = []
  for (const { name, type: text } of list) {
    const type = parseTensorType(text)
    const shape = type === null ? null : shapeOf(type)
    if (type === null || shape === null) return null
    inputs.push({ name, datatype: type.datatype, shape })
  }
  return { inputs, outputs: [], maxBatchSize: null }
}
