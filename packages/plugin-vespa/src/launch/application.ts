import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ExitCode, locateModel, ServebenchError } from 'servebench/plugin'
import type { ArtifactSpec, BuiltArtifact } from 'servebench/plugin'
import type { PlannedModel, PlannedThreads } from '../server.ts'
import { adaptServices, writeServices } from './services.ts'

export interface ApplicationPlan {
  readonly application: string | null
  readonly models: readonly PlannedModel[]
  readonly threads: PlannedThreads
  /** Where its HTTP servers listen; 0: anywhere. */
  readonly port: number
}

interface Surroundings {
  /** Where relative paths start. */
  readonly root: string
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
}

const SERVICES = 'services.xml'

/**
 * Writes an application package: a copy of the user's one, if any, with the models.
 * @throws {ServebenchError} when a file is missing, or the models' settings have no place in its services.xml
 */
export async function writeApplication(
  folder: string,
  { application, models, threads, port }: ApplicationPlan,
  { root, artifact }: Surroundings,
): Promise<void> {
  await mkdir(join(folder, 'models'), { recursive: true })
  if (application !== null) {
    const from = resolve(root, application)
    await cp(from, folder, { recursive: true }).catch((cause: unknown) => {
      throw missing(`The application package ${from} cannot be read.`, cause)
    })
  }
  for (const { name, source } of models) {
    const given = 'artifact' in source ? source.artifact : source.path
    const { path, companions, size } = await locateModel({ name, source: given, root, artifact })
    if (size === null) throw missing(`The model '${name}' is no file: ${path}.`)
    if (companions.length > 0)
      throw missing(`The model '${name}' has its weights in another file, which Vespa does not read.`)
    await copyFile(path, join(folder, 'models', `${name}.onnx`))
  }
  const services = await renderServices({ application, models, threads, port }, root)
  await writeFile(join(folder, SERVICES), services)
}

/**
 * The `services.xml` of an application package: that of the user's one with the models' settings, or one that is written.
 * @throws {ServebenchError} when the settings have no place in it
 */
export async function renderServices(
  { application, models, threads, port }: ApplicationPlan,
  root: string,
): Promise<string> {
  const given =
    application === null
      ? null
      : await readFile(resolve(root, application, SERVICES), 'utf8').catch(() => null)
  return given === null ? writeServices(models, threads, port) : adaptServices(given, models, threads, port)
}

function missing(message: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_VESPA_FILES', message, {
    advice: 'Paths are relative to the root of the project.',
    exitCode: ExitCode.target,
    ...(cause === undefined ? {} : { cause }),
  })
}
