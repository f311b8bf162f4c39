import type { OipModel } from '@servebench/plugin-oip/protocol'
import { ExitCode, ServebenchError, suggest } from 'servebench/plugin'
import type { ModelChoice } from '../grpc/model-spec.ts'
import type { Signature } from '../model/signature.ts'
import { ServingCallError } from './serving-client.ts'
import type { ModelDescription, ServingClient, VersionStatus } from './serving-client.ts'

export interface DescribedModel {
  /** The chosen signature's inputs and outputs. */
  readonly model: OipModel
  /** That answers now. */
  readonly version: string
  readonly signatures: readonly string[]
}

/**
 * Reads a model's signatures.
 * @throws {ServebenchError} when the server does not have the model, the version or the signature
 */
export async function describeModel(
  client: ServingClient,
  choice: ModelChoice,
  signatureName: string,
): Promise<DescribedModel> {
  const { version, signatures } = await readDescription(client, choice)
  const signature = chooseSignature(client, choice, signatures, signatureName)
  return {
    model: {
      name: choice.name,
      version: choice.version,
      inputs: signature.inputs,
      outputs: signature.outputs,
      maxBatchSize: null,
    },
    version,
    signatures: Object.keys(signatures).sort(),
  }
}

function chooseSignature(
  client: ServingClient,
  { name }: ModelChoice,
  signatures: ModelDescription['signatures'],
  wanted: string,
): Signature {
  const found = Object.hasOwn(signatures, wanted) ? signatures[wanted] : undefined
  if (found !== undefined) return found
  const names = Object.keys(signatures).sort()
  const meant = suggest(wanted, names)
  throw modelError(
    `Model '${name}' at ${client.url} has no signature '${wanted}'.`,
    `${meant === undefined ? '' : `Did you mean '${meant}'? `}It has ${names.join(', ') || 'none'}.`,
  )
}

async function readDescription(client: ServingClient, choice: ModelChoice): Promise<ModelDescription> {
  try {
    return await client.describe(choice)
  } catch (error) {
    if (!(error instanceof ServingCallError) || error.advice !== undefined) throw error
    throw await explain(client, choice, error)
  }
}

/** What is wrong with a model that is not described: it, its version, its label, or the server. */
async function explain(
  client: ServingClient,
  { name, version, versionLabel }: ModelChoice,
  cause: ServingCallError,
): Promise<ServebenchError> {
  let versions: readonly VersionStatus[]
  try {
    versions = await client.modelStatus({ name, version: '', versionLabel: '' })
  } catch (error) {
    if (!(error instanceof ServingCallError)) throw error
    // A server of this API speaks of models, others of paths.
    if (!/servable|model/i.test(error.reason) || error.reason.startsWith('<'))
      return notServing(client, error)
    return modelError(
      `The server at ${client.url} has no model '${name}' (${error.reason.replace(/\.$/, '')}).`,
      'Check the name of the model, and the configuration that the server was started with.',
      cause,
    )
  }
  const available = versions.filter(({ state }) => state === 'AVAILABLE').map((one) => one.version)
  const known = available.length === 0 ? 'None of its versions is available.' : `It has ${list(available)}.`
  if (version !== '') {
    const found = versions.find((one) => one.version === version)
    if (found === undefined)
      return modelError(`Model '${name}' at ${client.url} has no version ${version}.`, known, cause)
    if (found.state !== 'AVAILABLE') return notAvailable(client, name, found, cause)
  } else if (versionLabel !== '') {
    return modelError(
      `No version of model '${name}' at ${client.url} has the label '${versionLabel}'.`,
      `${known} Labels are assigned by the server's configuration, over gRPC only unless it says otherwise.`,
      cause,
    )
  }
  const [newest] = versions
  if (available.length === 0 && newest !== undefined) return notAvailable(client, name, newest, cause)
  return cause
}

function list(versions: readonly string[]): string {
  return versions.length === 1 ? `version ${versions[0]}` : `the versions ${versions.join(', ')}`
}

function notAvailable(
  client: ServingClient,
  name: string,
  { version, state, error }: VersionStatus,
  cause: unknown,
): ServebenchError {
  const why = error === '' ? '' : `: ${error.replace(/\.$/, '')}`
  return modelError(
    `Version ${version} of model '${name}' at ${client.url} is ${state}${why}.`,
    "Wait until the server has loaded it; the server's log says why it does not.",
    cause,
  )
}

function notServing(client: ServingClient, cause: ServingCallError): ServebenchError {
  const said = cause.message.replace(/^.*? failed with /, '').replace(/\.$/, '')
  return new ServebenchError(
    'SERVEBENCH_TFSERVING_SERVER',
    `${client.url} does not speak the API of TensorFlow Serving: it answers ${said}.`,
    {
      advice: 'Check the URL: that of the REST port (8501 in its images), or of the gRPC port (8500).',
      cause,
      exitCode: ExitCode.target,
    },
  )
}

function modelError(message: string, advice: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_TFSERVING_MODEL', message, {
    advice,
    cause,
    exitCode: ExitCode.target,
  })
}
