import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { load } from 'js-yaml'
import { suggest } from 'servebench/plugin'
import { isFields, kubeconfigError, listOf, material, stringOf } from './fields.ts'
import type { Fields } from './fields.ts'
import { logIn } from './login.ts'
import type { Credentials } from './login.ts'

/** How to reach a cluster. Never part of a plan or a result. */
export interface ClusterAccess extends Credentials {
  readonly url: string
  readonly ca: string | null
  readonly insecure: boolean
  /** The name in the cluster's certificate, where it is not that of the URL. */
  readonly serverName: string | null
}

interface ConfigFile {
  readonly content: Fields
  /** Paths in it start here. */
  readonly folder: string
}
interface Entry {
  readonly fields: Fields
  readonly folder: string
}

/**
 * The cluster and the user of a context.
 * @param file `null`: those that `kubectl` takes, `KUBECONFIG` or `~/.kube/config`
 * @throws {ServebenchError} `SERVEBENCH_KUBECONFIG`
 */
export async function readAccess(context: string, file: string | null, root: string): Promise<ClusterAccess> {
  const paths = file === null ? defaultFiles() : [resolve(root, file)]
  const where = paths.join(delimiter)
  const files = await readFiles(paths)
  const chosen = find(files, 'context', context)
  if (chosen === null) {
    const known = files.flatMap(({ content }) => listOf(content['contexts']).map(({ name }) => String(name)))
    const similar = suggest(context, known)
    throw kubeconfigError(
      `${where} has no context '${context}'.`,
      similar === undefined ? `It has ${known.join(', ') || 'none'}.` : `Is '${similar}' meant?`,
    )
  }
  const cluster = find(files, 'cluster', stringOf(chosen.fields['cluster']))
  const url = stringOf(cluster?.fields['server'])
  if (cluster === null || !/^https?:\/\//.test(url))
    throw kubeconfigError(`The context '${context}' of ${where} names no cluster with a server.`)
  if (cluster.fields['proxy-url'] !== undefined)
    throw kubeconfigError(
      `The cluster of the context '${context}' is behind a proxy (\`proxy-url\`), which is not supported.`,
      'Run on a machine that reaches the API server, or forward its port and name that as the server.',
    )
  const user = find(files, 'user', stringOf(chosen.fields['user']))
  return {
    url: url.replace(/\/+$/, ''),
    ca: await material(cluster.fields, 'certificate-authority', cluster.folder),
    insecure: cluster.fields['insecure-skip-tls-verify'] === true,
    serverName: stringOf(cluster.fields['tls-server-name']) || null,
    ...(await logIn(user?.fields ?? {}, cluster.fields, user?.folder ?? cluster.folder)),
  }
}

function defaultFiles(): readonly string[] {
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return named.length === 0 ? [join(homedir(), '.kube/config')] : named
}

/** Of several, those that are not there are passed over, as kubectl does. */
async function readFiles(paths: readonly string[]): Promise<readonly ConfigFile[]> {
  const files: ConfigFile[] = []
  for (const path of paths) {
    const content = await parse(path).catch((cause: unknown) => {
      if (paths.length > 1 && (cause as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw kubeconfigError(
        `The kubeconfig ${path} cannot be read: ${(cause as Error).message.split('\n')[0] ?? ''}.`,
        'Name another one with `kubeconfig`.',
        cause,
      )
    })
    if (isFields(content)) files.push({ content, folder: dirname(resolve(path)) })
  }
  return files
}

async function parse(path: string): Promise<unknown> {
  return load(await readFile(path, 'utf8'))
}

/** The first file that has an entry of a name wins. */
function find(
  files: readonly ConfigFile[],
  kind: 'context' | 'cluster' | 'user',
  name: string,
): Entry | null {
  for (const { content, folder } of files) {
    const fields = listOf(content[`${kind}s`]).find((each) => each['name'] === name)?.[kind]
    if (isFields(fields)) return { fields, folder }
  }
  return null
}
