import { ExitCode, ServebenchError, suggest } from 'servebench/plugin'
import type { JsonObject, JsonValue, TensorMetadata } from 'servebench/plugin'
import type { OipModel } from '../mapping/model.ts'
import { hasExtension } from './describe-server.ts'
import type { OipServer } from './describe-server.ts'
import { fieldsOf, listOf, textOf, textsOf } from './json-fields.ts'
import { OipCallError } from './oip-client.ts'
import type { OipClient } from './oip-client.ts'
import { readIndex } from './repository-index.ts'
import type { RepositoryEntry } from './repository-index.ts'

export interface DescribedModel {
  readonly model: OipModel
  readonly platform: string
  readonly versions: readonly string[]
  /** As Triton writes it; `null` when the server has no configurations. */
  readonly config: JsonObject | null
}

/**
 * Reads a model's metadata, and its configuration where the server has one, and makes sure that it is ready.
 * @throws {ServebenchError} when the server does not have it, or it is not ready
 */
export async function describeModel(
  client: OipClient,
  server: OipServer | null,
  name: string,
  version: string,
): Promise<DescribedModel> {
  const metadata = await readMetadata(client, server, name, version)
  await requireReady(client, name, version)
  const config = hasExtension(server, 'model_configuration') ? await client.modelConfig(name, version) : null
  const optional = config === null ? [] : optionalInputs(config)
  return {
    model: {
      name,
      version,
      inputs: readTensors(metadata['inputs'], optional),
      outputs: readTensors(metadata['outputs'], []),
      maxBatchSize: config === null ? null : Number(config['max_batch_size'] ?? 0),
    },
    platform: textOf(metadata['platform']),
    versions: textsOf(metadata['versions']),
    config,
  }
}

async function readMetadata(
  client: OipClient,
  server: OipServer | null,
  name: string,
  version: string,
): Promise<JsonObject> {
  try {
    const metadata = await client.modelMetadata(name, version)
    if (typeof metadata['name'] === 'string') return metadata
    throw notProtocol(client, `its description of model '${name}' has no name`)
  } catch (error) {
    if (!(error instanceof OipCallError) || error.advice !== undefined) throw error
    if (server === null && !speaksOfModels(error)) {
      throw notProtocol(client, `it answers ${error.message.replace(/^.*? failed with /, '')}`, error)
    }
    throw (await wrongVersion(client, name, version, error)) ?? (await missingModel(client, name, error))
  }
}

/** A server without metadata of its own is still one of the protocol when it says what is wrong with the model. */
function speaksOfModels({ reason, status }: OipCallError): boolean {
  const unimplemented = status === 12
  return !unimplemented && /model/i.test(reason) && !reason.startsWith('<')
}

function notProtocol(client: OipClient, what: string, cause?: unknown): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_OIP_SERVER',
    `${client.url} does not speak the Open Inference Protocol: ${what.replace(/\.$/, '')}.`,
    {
      advice: 'Check the URL: it ends where the path /v2 begins, or is that of the gRPC port.',
      cause,
      exitCode: ExitCode.target,
    },
  )
}

async function wrongVersion(
  client: OipClient,
  name: string,
  version: string,
  cause: OipCallError,
): Promise<ServebenchError | null> {
  if (version === '') return null
  try {
    const versions = textsOf((await client.modelMetadata(name, ''))['versions'])
    const known =
      versions.length === 0
        ? 'Leave the version out, and the server chooses.'
        : `It has the versions ${versions.join(', ')}.`
    return modelError(`Model '${name}' at ${client.url} has no version '${version}'.`, known, cause)
  } catch (error) {
    if (error instanceof OipCallError) return null
    throw error
  }
}

async function missingModel(client: OipClient, name: string, cause: OipCallError): Promise<ServebenchError> {
  const index = await readIndex(client).catch((): readonly RepositoryEntry[] => [])
  const entry = index.find((known) => known.name === name)
  const reason = cause.reason === '' ? '' : ` (${cause.reason.replace(/\.$/, '')})`
  if (entry !== undefined && entry.state !== 'READY') {
    const why = entry.reason === '' ? '' : `: ${entry.reason}`
    const state = entry.state === 'UNKNOWN' ? 'is not loaded' : `is ${entry.state}`
    return modelError(
      `Model '${name}' at ${client.url} ${state}${why}.`,
      'Load it, or wait until the server has.',
      cause,
    )
  }
  const names = [...new Set(index.filter(({ state }) => state === 'READY').map((known) => known.name))]
  const meant = suggest(name, names)
  const advice =
    names.length === 0
      ? 'Check the name of the model, and whether the server has loaded it.'
      : `${meant === undefined ? '' : `Did you mean '${meant}'? `}The server has ${names.slice(0, 20).join(', ')}.`
  return modelError(`The server at ${client.url} has no model '${name}'${reason}.`, advice, cause)
}

async function requireReady(client: OipClient, name: string, version: string): Promise<void> {
  if (await client.modelReady(name, version)) return
  const index = await readIndex(client).catch((): readonly RepositoryEntry[] => [])
  const entry = index.find((known) => known.name === name && (version === '' || known.version === version))
  const state = entry === undefined || entry.state === 'UNKNOWN' ? '' : `: it is ${entry.state}`
  const why = entry === undefined || entry.reason === '' ? '' : `, ${entry.reason}`
  const message = `Model '${name}' at ${client.url} is not ready${state}${why}.`
  throw modelError(message, 'Wait until the server has loaded it; its log says why it does not.', undefined)
}

function modelError(message: string, advice: string, cause: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_OIP_MODEL', message, { advice, cause, exitCode: ExitCode.target })
}

function optionalInputs(config: JsonObject): readonly string[] {
  return listOf(config['input'])
    .map(fieldsOf)
    .flatMap(({ name, optional }) => (optional === true ? [textOf(name)] : []))
}

function readTensors(value: JsonValue | undefined, optional: readonly string[]): readonly TensorMetadata[] {
  const tensors = listOf(value).map(fieldsOf)
  return tensors.flatMap(({ name, datatype, shape }) => {
    const sizes = listOf(shape).map(Number)
    if (typeof name !== 'string' || typeof datatype !== 'string' || !sizes.every(Number.isInteger)) return []
    return [{ name, datatype, shape: sizes, ...(optional.includes(name) ? { optional: true as const } : {}) }]
  })
}
