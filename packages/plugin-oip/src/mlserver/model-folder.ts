import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isArtifactSpec, linkModel, locateModel, ServebenchError } from 'servebench/plugin'
import type { ArtifactSpec, BuiltArtifact, JsonObject, WrittenModel } from 'servebench/plugin'
import type { PlannedModel } from './server.ts'

interface Surroundings {
  readonly root: string
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
}

const SETTINGS = 'model-settings.json'
const ONNX_FILE = 'model.onnx'
const RUNTIME = 'servebench_onnx'
const RUNTIME_FILE = fileURLToPath(new URL(`../../python/${RUNTIME}.py`, import.meta.url))

/**
 * Puts a model into a folder of models, as MLServer reads them: a folder with `model-settings.json`. Files are linked.
 * @throws {ServebenchError} `SERVEBENCH_MODEL_FILE` when it is not there, `SERVEBENCH_MLSERVER_MODEL` when it is no model
 */
export async function putModel(
  folder: string,
  model: PlannedModel,
  surroundings: Surroundings,
): Promise<WrittenModel> {
  const { name, source } = model
  const located = await locateModel({ name, source, ...surroundings })
  const { path, size } = located
  const own = join(folder, name)
  if (size === null) {
    const version = await readVersion(name, path)
    await symlink(path, own)
    return { name, version, path: name }
  }
  await mkdir(own, { recursive: true })
  await linkModel(located, join(own, ONNX_FILE))
  // A copy: Python leaves its own files beside it.
  await copyFile(RUNTIME_FILE, join(own, `${RUNTIME}.py`))
  await writeFile(join(own, SETTINGS), `${JSON.stringify(modelSettings(model), null, 2)}\n`)
  return { name, version: model.version, path: name }
}

/** What `model-settings.json` of an ONNX file says. */
export function modelSettings(model: PlannedModel): JsonObject {
  const { name, version, maxBatchSize, maxBatchTime, intraOpThreads } = model
  return {
    name,
    implementation: `${RUNTIME}.OnnxRuntime`,
    ...(maxBatchSize === 0 ? {} : { max_batch_size: maxBatchSize, max_batch_time: maxBatchTime }),
    parameters: { uri: `./${ONNX_FILE}`, version, extra: { intra_op_threads: intraOpThreads } },
  }
}

/** Whether a model is an ONNX file, as far as its name tells; otherwise it is a folder. */
export function isFile({ source }: PlannedModel): boolean {
  return isArtifactSpec(source) || source.endsWith('.onnx')
}

/** MLServer passes over a folder that it cannot read, and says so only in its log. */
async function readVersion(name: string, folder: string): Promise<string | null> {
  const file = join(folder, SETTINGS)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unfit(`Model '${name}': ${folder} has no ${SETTINGS}.`, cause)
  })
  let settings: Partial<Record<'name' | 'implementation', unknown>> & {
    readonly parameters?: { readonly version?: unknown }
  }
  try {
    settings = JSON.parse(text) as typeof settings
  } catch (cause) {
    throw unfit(`Model '${name}': ${file} is not JSON: ${(cause as Error).message}.`, cause)
  }
  if (settings.name !== name)
    throw unfit(`Model '${name}' is called ${JSON.stringify(settings.name ?? null)} in ${file}.`)
  if (typeof settings.implementation !== 'string')
    throw unfit(`Model '${name}': ${file} names no implementation.`)
  const version = settings.parameters?.version
  return typeof version === 'string' ? version : null
}

function unfit(message: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_MLSERVER_MODEL', message, {
    advice: `Name an artifact, a file *.onnx, or a folder with a ${SETTINGS} of the same \`name\` and an \`implementation\`.`,
    ...(cause === undefined ? {} : { cause }),
  })
}
