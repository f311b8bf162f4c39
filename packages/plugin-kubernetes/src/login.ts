import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { isFields, kubeconfigError, listOf, material, readBeside, stringOf } from './fields.ts'
import type { Fields } from './fields.ts'

/** What the API server knows a user by. */
export interface Credentials {
  /** PEM. */
  readonly cert: string | null
  readonly key: string | null
  readonly token: string | null
}

/** Of the program that logs in, milliseconds: a person may have to be asked nothing meanwhile. */
const PATIENCE = 30_000
const run = promisify(execFile)

/**
 * Logs a user of a kubeconfig in: by a token, a client certificate, the program that `exec` names, or the token that another
 * program has got by OpenID Connect. Called again where a token has run out.
 * @param folder of the kubeconfig that has the user
 * @throws {ServebenchError} `SERVEBENCH_KUBECONFIG`
 */
export async function logIn(user: Fields, cluster: Fields, folder: string): Promise<Credentials> {
  const { exec, token, tokenFile, 'auth-provider': provider } = user
  const own: Credentials = {
    cert: await material(user, 'client-certificate', folder),
    key: await material(user, 'client-key', folder),
    // As kubectl has it, a file wins: it is the one that is renewed.
    token:
      typeof tokenFile === 'string'
        ? (await readBeside(tokenFile, folder)).trim()
        : typeof token === 'string'
          ? token
          : null,
  }
  if (isFields(exec)) return { ...own, ...(await runProgram(exec, cluster, folder)) }
  if (isFields(provider)) return { ...own, token: idToken(provider) }
  if (user['username'] !== undefined)
    throw kubeconfigError(
      'The user of the context logs in by a password, which Kubernetes has taken out.',
      'Use a token, a client certificate, or `exec`.',
    )
  return own
}

/** As clouds log in: a program of theirs prints a token or a certificate. */
async function runProgram(exec: Fields, cluster: Fields, folder: string): Promise<Partial<Credentials>> {
  const command = stringOf(exec['command'])
  if (exec['interactiveMode'] === 'Always')
    throw kubeconfigError(
      `'${command}', by which the kubeconfig logs in, has to ask somebody.`,
      'Nobody is asked during a run: log in before, and use `interactiveMode: IfAvailable`, or a token.',
    )
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : []
  const env = Object.fromEntries(listOf(exec['env']).map(({ name, value }) => [String(name), String(value)]))
  const info = {
    apiVersion: exec['apiVersion'],
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec['provideClusterInfo'] === true ? { cluster: await describeCluster(cluster, folder) } : {}),
    },
  }
  let printed: string
  try {
    const { stdout } = await run(command.includes('/') ? resolve(folder, command) : command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: PATIENCE,
    })
    printed = stdout
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown }
    const hint = stringOf(exec['installHint']).trim()
    // Its output may hold a token.
    throw kubeconfigError(
      code === 'ENOENT'
        ? `'${command}', by which the kubeconfig logs in, is not installed.`
        : `'${command}', by which the kubeconfig logs in, has failed.`,
      code === 'ENOENT' && hint !== '' ? hint : 'Run it by hand to see why.',
      new Error(typeof code === 'string' || typeof code === 'number' ? String(code) : 'no answer'),
    )
  }
  return readCredential(command, printed)
}

function readCredential(command: string, printed: string): Partial<Credentials> {
  let answer: unknown
  try {
    answer = JSON.parse(printed)
  } catch {
    // Told below, without what it was.
  }
  const status = isFields(answer) && isFields(answer['status']) ? answer['status'] : {}
  const { token, clientCertificateData: cert, clientKeyData: key } = status
  const found = {
    ...(typeof token === 'string' ? { token } : {}),
    ...(typeof cert === 'string' && typeof key === 'string' ? { cert, key } : {}),
  }
  if (Object.keys(found).length > 0) return found
  throw kubeconfigError(
    `'${command}', by which the kubeconfig logs in, prints no token and no certificate.`,
    'It has to print an ExecCredential with a status: run it by hand to see what it says.',
  )
}

async function describeCluster(cluster: Fields, folder: string): Promise<Fields> {
  const ca = await material(cluster, 'certificate-authority', folder)
  return {
    server: cluster['server'],
    ...(ca === null ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(cluster['tls-server-name'] === undefined ? {} : { 'tls-server-name': cluster['tls-server-name'] }),
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'] === true,
    config: null,
  }
}

/** OpenID Connect: the token that kubectl has got and keeps in the kubeconfig, as long as it is good. */
function idToken({ name, config }: Fields): string {
  const token = isFields(config) ? stringOf(config['id-token']) : ''
  if (name !== 'oidc')
    throw kubeconfigError(
      `The user of the context logs in by '${stringOf(name)}', which Kubernetes has taken out.`,
      'Use a token, a client certificate, or `exec`.',
    )
  if (token !== '' && !isExpired(token)) return token
  throw kubeconfigError(
    'The token of the context’s user, by OpenID Connect, has run out.',
    'Call kubectl in that context once, which gets a new one; for long runs log in by `exec`, such as kubelogin.',
  )
}

/** By its claim `exp`, seconds (RFC 7519). What cannot be read is left to the API server. */
function isExpired(token: string): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const expiry = isFields(claims) ? claims['exp'] : undefined
    return typeof expiry === 'number' && expiry * 1000 <= Date.now()
  } catch {
    return false
  }
}
