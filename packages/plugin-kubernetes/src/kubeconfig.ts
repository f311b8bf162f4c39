import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { ExitCode, ServebenchError, suggest } from 'servebench/plugin'

/** How to reach a cluster. Never part of a plan or a result. */
export interface ClusterAccess {
  readonly url: string
  readonly ca: string | null
  readonly insecure: boolean
  readonly cert: string | null
  readonly key: string | null
  readonly token: string | null
}

type Fields = Readonly<Record<string, unknown>>

const PATIENCE = 30_000
const run = promisify(execFile)

/**
 * The cluster and the user of a context.
 * @param file `null`: the one that `kubectl` takes
 * @throws {ServebenchError} `SERVEBENCH_KUBECONFIG`
 */
export async function readAccess(context: string, file: string | null, root: string): Promise<ClusterAccess> {
  const path = file === null ? defaultFile() : resolve(root, file)
  const config = await parse(path)
  const contexts = list(config['contexts'])
  const chosen = named(contexts, context, 'context')
  if (chosen === null) {
    const known = contexts.map(({ name }) => String(name))
    const similar = suggest(context, known)
    throw failure(
      `${path} has no context '${context}'.`,
      similar === undefined ? `It has ${known.join(', ') || 'none'}.` : `Is '${similar}' meant?`,
    )
  }
  const cluster = named(list(config['clusters']), text(chosen['cluster']), 'cluster')
  const user = named(list(config['users']), text(chosen['user']), 'user') ?? {}
  const url = text(cluster?.['server'])
  if (cluster === null || !/^https?:\/\//.test(url))
    throw failure(`The context '${context}' of ${path} names no cluster with a server.`)
  const folder = dirname(path)
  const access: ClusterAccess = {
    url: url.replace(/\/+$/, ''),
    ca: await material(cluster, 'certificate-authority', folder),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    cert: await material(user, 'client-certificate', folder),
    key: await material(user, 'client-key', folder),
    token: typeof user['token'] === 'string' ? user['token'] : await tokenFile(user, folder),
  }
  const { exec } = user
  if (typeof exec === 'object' && exec !== null)
    return { ...access, ...(await execCredential(exec as Fields, folder)) }
  if (user['auth-provider'] !== undefined || user['username'] !== undefined)
    throw failure(
      `The user of the context '${context}' has a way to log in that Kubernetes has taken out.`,
      'Use a token, a client certificate, or `exec`.',
    )
  return access
}

function defaultFile(): string {
  const [first] = (process.env['KUBECONFIG'] ?? '').split(delimiter)
  return first === undefined || first === '' ? join(homedir(), '.kube/config') : first
}

async function parse(path: string): Promise<Fields> {
  let content: unknown
  try {
    content = load(await readFile(path, 'utf8'))
  } catch (cause) {
    throw failure(
      `The kubeconfig ${path} cannot be read: ${(cause as Error).message.split('\n')[0] ?? ''}.`,
      'Name another one with `kubeconfig`.',
      cause,
    )
  }
  return typeof content === 'object' && content !== null ? (content as Fields) : {}
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value)
    ? value.filter((each): each is Fields => typeof each === 'object' && each !== null)
    : []
}

function named(all: readonly Fields[], name: string, member: string): Fields | null {
  const found = all.find((each) => each['name'] === name)?.[member]
  return typeof found === 'object' && found !== null ? (found as Fields) : null
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** PEM, in the file itself or beside it. */
async function material(fields: Fields, name: string, folder: string): Promise<string | null> {
  const data = fields[`${name}-data`]
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString()
  const file = fields[name]
  return typeof file === 'string' ? await readBeside(file, folder) : null
}

async function tokenFile(user: Fields, folder: string): Promise<string | null> {
  const file = user['tokenFile']
  return typeof file === 'string' ? (await readBeside(file, folder)).trim() : null
}

async function readBeside(file: string, folder: string): Promise<string> {
  return readFile(resolve(folder, file), 'utf8').catch((cause: unknown) => {
    throw failure(`${resolve(folder, file)}, which the kubeconfig names, cannot be read.`, undefined, cause)
  })
}

/** As clouds log in: a program of theirs prints a token or a certificate. */
async function execCredential(exec: Fields, folder: string): Promise<Partial<ClusterAccess>> {
  const command = text(exec['command'])
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : []
  const env = Object.fromEntries(list(exec['env']).map(({ name, value }) => [String(name), String(value)]))
  const info = { apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec: { interactive: false } }
  try {
    const { stdout } = await run(command.includes('/') ? resolve(folder, command) : command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: PATIENCE,
    })
    const { status = {} } = JSON.parse(stdout) as { readonly status?: Fields }
    const token = status['token']
    const cert = status['clientCertificateData']
    const key = status['clientKeyData']
    return {
      ...(typeof token === 'string' ? { token } : {}),
      ...(typeof cert === 'string' && typeof key === 'string' ? { cert, key } : {}),
    }
  } catch (cause) {
    // Its output may hold a token.
    throw failure(
      `'${command}', by which the kubeconfig logs in, has failed.`,
      'Run it by hand to see why.',
      new Error((cause as { readonly code?: unknown }).code?.toString() ?? 'no answer'),
    )
  }
}

function failure(message: string, advice?: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_KUBECONFIG', message, {
    exitCode: ExitCode.usage,
    ...(advice === undefined ? {} : { advice }),
    ...(cause === undefined ? {} : { cause }),
  })
}
