import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { loadAll } from 'js-yaml'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject } from 'servebench/plugin'
import { fields, referenceOf, textOf } from './objects.ts'
import type { PlannedState } from './server.ts'

const run = promisify(execFile)
const PATIENCE = 60_000
const LARGEST = 4 * 1024 * 1024

/**
 * The objects of an overlay or a file of manifests. An overlay is rendered by `kubectl kustomize`, which contacts nobody.
 * @throws {ServebenchError} `SERVEBENCH_KUBERNETES_MANIFESTS`
 */
export async function readManifests(
  { overlay, manifests }: Pick<PlannedState, 'overlay' | 'manifests'>,
  namespace: string,
  root: string,
): Promise<readonly JsonObject[]> {
  const from = overlay ?? manifests
  if (from === null) return []
  const text = overlay === null ? await readText(resolve(root, from)) : await kustomize(resolve(root, from))
  let objects: readonly JsonObject[]
  try {
    objects = loadAll(text).filter((each): each is JsonObject => typeof each === 'object' && each !== null)
  } catch (cause) {
    throw failure(`${from} is not YAML: ${(cause as Error).message.split('\n')[0] ?? ''}.`, undefined, cause)
  }
  for (const object of objects) check(object, from, namespace)
  return objects.map((object) => ({ ...object, metadata: { ...fields(object['metadata']), namespace } }))
}

function check(object: JsonObject, from: string, namespace: string): void {
  const { apiVersion, kind, name } = referenceOf(object)
  if ([apiVersion, kind, name].includes(''))
    throw failure(`${from} has something that is no object: it needs apiVersion, kind and metadata.name.`)
  const own = fields(object['metadata'])['namespace']
  if (own !== undefined && own !== namespace)
    throw failure(
      `${from} has a ${kind} '${name}' of the namespace '${textOf(own)}'.`,
      `Only '${namespace}' is changed, which the server names.`,
    )
  // As it was before would have to be kept in a file.
  if (kind === 'Secret')
    throw failure(`${from} has the Secret '${name}'.`, 'Secrets are not touched: make it by hand.')
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw failure(
      `${path} cannot be read.`,
      'Paths start at the root, the folder of the configuration.',
      cause,
    )
  })
}

async function kustomize(folder: string): Promise<string> {
  try {
    const { stdout } = await run('kubectl', ['kustomize', folder], { timeout: PATIENCE, maxBuffer: LARGEST })
    return stdout
  } catch (cause) {
    const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string }
    if (code === 'ENOENT')
      throw failure(
        'There is no `kubectl`, which renders overlays.',
        'Install it, or name rendered `manifests`.',
        cause,
      )
    throw failure(
      `The overlay ${folder} cannot be rendered: ${stderr.trim() || (cause as Error).message}`,
      undefined,
      cause,
    )
  }
}

function failure(message: string, advice?: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_KUBERNETES_MANIFESTS', message, {
    exitCode: ExitCode.usage,
    ...(advice === undefined ? {} : { advice }),
    ...(cause === undefined ? {} : { cause }),
  })
}
