import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { WrittenModel } from '../hooks/write-models.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { ArtifactStore } from './artifact-store.ts'

export interface ModelWriter {
  readonly hooks: RunnerHooks
  readonly artifacts: ArtifactStore
  readonly root: string
}

/**
 * Writes the models of a server into a folder, which appears when it is complete: a server that looks there meanwhile, or
 * after this was killed, never sees half of a model.
 * @param folder absolute; it must not be there, or be empty
 * @throws {ServebenchError} `SERVEBENCH_MODELS_FOLDER` when there is something, `SERVEBENCH_NO_PROVIDER` when servers of
 * this kind have no layout
 */
export async function writeModels(
  server: ServerPlan,
  folder: string,
  { hooks, artifacts, root }: ModelWriter,
): Promise<readonly WrittenModel[]> {
  await refuseContent(folder)
  // Beside the folder: both are renamed within one file system.
  const [links, copies] = ['links', 'copies'].map((kind) =>
    join(dirname(folder), `.${basename(folder)}.${process.pid}.${kind}`),
  ) as [string, string]
  try {
    await mkdir(links, { recursive: true })
    const context = {
      directory: links,
      root,
      artifact: (spec: Parameters<ArtifactStore['build']>[0]) => artifacts.build(spec),
    }
    const models = await hooks.writeModels.for(server.kind).promise(server, context)
    if (models === undefined) {
      throw new ServebenchError(
        'SERVEBENCH_NO_PROVIDER',
        `There is nothing that writes the models of this server of the kind '${server.kind}'.`,
        {
          advice: `A server that runs already has its own; for others, '${server.package}' would have to tap writeModels.`,
        },
      )
    }
    await cp(links, copies, { recursive: true, dereference: true })
    await rm(folder, { recursive: true, force: true })
    await rename(copies, folder)
    return models
  } finally {
    await rm(links, { recursive: true, force: true })
    await rm(copies, { recursive: true, force: true })
  }
}

async function refuseContent(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new ServebenchError('SERVEBENCH_MODELS_FOLDER', `${folder} cannot be written to.`, {
      advice: 'Name a folder that is not there yet.',
      cause: error,
    })
  })
  if (names.length === 0) return
  throw new ServebenchError('SERVEBENCH_MODELS_FOLDER', `${folder} is not empty.`, {
    advice: 'Name a folder that is not there yet: what a server may be reading is never written over.',
  })
}
