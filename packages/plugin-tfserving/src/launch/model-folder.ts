import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { ArtifactSpec, BuiltArtifact } from 'servebench/plugin'
import type { PlannedModel } from '../server.ts'
import { WARMUP_PATH } from '../warmup/warmup-file.ts'

const GRAPHS: readonly string[] = ['saved_model.pb', 'saved_model.pbtxt', 'saved_model.cpb']
/** What a SavedModel that comes alone is called. */
const ONLY_VERSION = '1'

interface Surroundings {
  /** Where relative paths start. */
  readonly root: string
  /** Folders that have to be made go here; nothing is written into a model's own. */
  readonly directory: string
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
}

/**
 * The folder of a model's versions, as the server wants it: the model's own, or one of links to it when a version stands
 * alone or gets a warm-up file.
 * @throws {ServebenchError} `SERVEBENCH_TFSERVING_FOLDER` when it has no version
 */
export async function findBasePath(model: PlannedModel, surroundings: Surroundings): Promise<string> {
  const { name, source, warmup } = model
  const { root, directory, artifact } = surroundings
  const path = 'artifact' in source ? (await artifact(source.artifact)).path : source.path
  const folder = isAbsolute(path) ? path : join(root, path)
  const versions = await listVersions(name, folder)
  if (warmup === null && versions.every((version) => join(folder, version.name) === version.path))
    return folder
  const base = join(directory, 'models', name)
  for (const version of versions) {
    const target = join(base, version.name)
    if (warmup === null) {
      await mkdir(base, { recursive: true })
      await symlink(version.path, target)
    } else {
      await linkWithWarmup(version.path, target, Buffer.from(warmup, 'base64'))
    }
  }
  return base
}

async function listVersions(model: string, folder: string): Promise<{ name: string; path: string }[]> {
  const names = await readdir(folder).catch(() => null)
  if (names === null) throw noModel(`The folder ${folder} of model '${model}' cannot be read.`)
  if (names.some((name) => GRAPHS.includes(name))) return [{ name: ONLY_VERSION, path: folder }]
  const versions: { name: string; path: string }[] = []
  for (const name of names) {
    const path = join(folder, name)
    if (/^\d+$/.test(name) && (await stat(path)).isDirectory()) versions.push({ name, path })
  }
  if (versions.length === 0)
    throw noModel(`The folder ${folder} of model '${model}' has no version of a SavedModel.`)
  for (const { path } of versions) {
    // A folder that is still being written would make the server wait for its whole time.
    if (!(await readdir(path)).some((name) => GRAPHS.includes(name)))
      throw noModel(`The folder ${path} of model '${model}' has no ${GRAPHS[0]}.`)
  }
  return versions
}

async function linkWithWarmup(from: string, to: string, warmup: Uint8Array): Promise<void> {
  const [extra] = WARMUP_PATH.split('/')
  await mkdir(dirname(join(to, WARMUP_PATH)), { recursive: true })
  for (const name of await readdir(from)) {
    if (name !== extra) await symlink(join(from, name), join(to, name))
  }
  await writeFile(join(to, WARMUP_PATH), warmup)
}

function noModel(message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_TFSERVING_FOLDER', message, {
    advice:
      'Name the folder of a SavedModel, or one that has such folders with whole numbers for names: 1, 2, …',
    exitCode: ExitCode.target,
  })
}
