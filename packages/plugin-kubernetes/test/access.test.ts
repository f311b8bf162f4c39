import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inspect } from 'node:util'
import { createCertificate } from 'servebench/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readAccess } from '../src/kubeconfig.ts'
import { DEPLOYMENT, TestCluster } from './support/test-cluster.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await TestCluster.start()
})
afterEach(async () => cluster[Symbol.asyncDispose]())

describe('access', () => {
  it('that is denied is told with what is needed', async () => {
    cluster.fake.refused.set(`PUT ${DEPLOYMENT}`, [403, 'deployments.apps "triton" is forbidden'])
    await expect(cluster.configure(await cluster.open(), { replicas: 2 })).rejects.toMatchObject({
      message: expect.stringMatching(/403, deployments.apps "triton" is forbidden/) as string,
      advice: expect.stringContaining('update and patch of deployments') as string,
    })
  })

  it('is by a token of the kubeconfig, a file, or a program', async () => {
    cluster.fake.token = 'planted-token'
    cluster.fake.rollout = 0
    await expect(cluster.configure(await cluster.open(), {})).rejects.toMatchObject({ status: 401 })
    writeFileSync(join(cluster.root, 'token'), 'planted-token\n')
    const script = `process.stdout.write(JSON.stringify({ status: { token: process.env.PLANTED } }))`
    const exec = {
      command: process.execPath,
      args: ['-e', script],
      env: [{ name: 'PLANTED', value: 'planted-token' }],
    }
    for (const user of [{ token: 'planted-token' }, { tokenFile: 'token' }, { exec }]) {
      cluster.writeConfig({ server: cluster.fake.url }, user)
      expect(await cluster.configure(await cluster.open(), {})).toMatchObject({ replicas: 1 })
    }
    cluster.writeConfig(
      { server: cluster.fake.url },
      { exec: { command: process.execPath, args: ['-e', 'process.exit(3)'] } },
    )
    await expect(cluster.open()).rejects.toThrow(/by which the kubeconfig logs in, has failed/)
  })

  it('is to the cluster that is named, and to no other', async () => {
    await expect(readAccess('stagin', 'kubeconfig', cluster.root)).rejects.toMatchObject({
      advice: "Is 'staging' meant?",
    })
    await expect(readAccess('staging', 'nothing', cluster.root)).rejects.toThrow(/nothing cannot be read/)
    cluster.writeConfig({})
    await expect(readAccess('staging', 'kubeconfig', cluster.root)).rejects.toThrow(
      /names no cluster with a server/,
    )
    cluster.writeConfig({ server: cluster.fake.url }, { username: 'a', password: 'b' })
    await expect(readAccess('staging', 'kubeconfig', cluster.root)).rejects.toThrow(
      /by a password, which Kubernetes has taken out/,
    )
  })

  it('has certificates from the file itself, or beside it', async () => {
    writeFileSync(join(cluster.root, 'ca.pem'), 'the authority')
    const data = (text: string): string => Buffer.from(text).toString('base64')
    cluster.writeConfig(
      {
        server: 'https://cluster:6443/',
        'certificate-authority': 'ca.pem',
        'insecure-skip-tls-verify': true,
      },
      { 'client-certificate-data': data('a certificate'), 'client-key-data': data('a key') },
    )
    expect(await readAccess('staging', 'kubeconfig', cluster.root)).toEqual({
      url: 'https://cluster:6443',
      ca: 'the authority',
      insecure: true,
      serverName: null,
      cert: 'a certificate',
      key: 'a key',
      token: null,
    })
  })

  it('without an answer says so', async () => {
    const control = await cluster.open()
    await cluster.fake[Symbol.asyncDispose]()
    await expect(cluster.configure(control, { replicas: 2 })).rejects.toMatchObject({
      code: 'SERVEBENCH_KUBERNETES_CONNECTION',
    })
    expect(await control.health()).toEqual({ live: false, ready: false })
  })
})

describe('over TLS', () => {
  const authority = createCertificate({ name: 'the authority of the cluster' })
  const clients = createCertificate({ name: 'the authority of users' })
  const user = createCertificate({ name: 'benchmarker', issuer: clients })
  const data = (pem: string): string => Buffer.from(pem).toString('base64')
  let secure: TestCluster
  beforeEach(async () => {
    const { cert, key } = createCertificate({
      name: 'kube-apiserver',
      names: ['kubernetes.default.svc', '127.0.0.1'],
      issuer: authority,
    })
    secure = await TestCluster.start({ tls: { cert, key, clients: clients.cert } })
    secure.fake.rollout = 0
  })
  afterEach(async () => secure[Symbol.asyncDispose]())
  const trusted = (more: object = {}): object => ({
    server: secure.fake.url,
    'certificate-authority-data': data(authority.cert),
    ...more,
  })

  it('is by the authority that the kubeconfig names, and by no other', async () => {
    expect(secure.fake.url).toMatch(/^https:/)
    secure.writeConfig(trusted())
    expect(await secure.configure(await secure.open(), { replicas: 2 })).toMatchObject({ replicas: 2 })
    for (const cluster of [
      { server: secure.fake.url },
      trusted({ 'certificate-authority-data': data(createCertificate({ name: 'another' }).cert) }),
    ]) {
      secure.writeConfig(cluster)
      await expect(secure.configure(await secure.open(), {})).rejects.toMatchObject({
        code: 'SERVEBENCH_KUBERNETES_CONNECTION',
        message: expect.stringMatching(/certificate/) as string,
      })
    }
    secure.writeConfig({ server: secure.fake.url, 'insecure-skip-tls-verify': true })
    expect(await secure.configure(await secure.open(), {})).toMatchObject({ replicas: 2 })
  })

  it('expects the name in the certificate that the kubeconfig says', async () => {
    secure.writeConfig(trusted({ 'tls-server-name': 'kubernetes.default.svc' }))
    expect(await secure.configure(await secure.open(), {})).toMatchObject({ replicas: 1 })
    secure.writeConfig(trusted({ 'tls-server-name': 'elsewhere.example' }))
    await expect(secure.configure(await secure.open(), {})).rejects.toThrow(/elsewhere\.example/)
  })

  it('knows a user by a certificate of the right authority', async () => {
    secure.fake.user = 'benchmarker'
    const by = (pair: { cert: string; key: string }): object => ({
      'client-certificate-data': data(pair.cert),
      'client-key-data': data(pair.key),
    })
    secure.writeConfig(trusted(), by(user))
    expect(await secure.configure(await secure.open(), {})).toMatchObject({ replicas: 1 })
    for (const other of [
      createCertificate({ name: 'benchmarker', issuer: authority }),
      createCertificate({ name: 'somebody', issuer: clients }),
    ]) {
      secure.writeConfig(trusted(), by(other))
      await expect(secure.configure(await secure.open(), {})).rejects.toMatchObject({ status: 401 })
    }
  })

  it('knows a user by a certificate that a program prints', async () => {
    secure.fake.user = 'benchmarker'
    const status = { clientCertificateData: user.cert, clientKeyData: user.key }
    secure.writeConfig(trusted(), { exec: printing(JSON.stringify({ status })) })
    expect(await secure.configure(await secure.open(), {})).toMatchObject({ replicas: 1 })
  })
})

/** A program that prints a text. */
function printing(text: string): object {
  return { command: process.execPath, args: ['-e', 'process.stdout.write(process.argv[1])', '--', text] }
}

describe('a program that logs in', () => {
  const tell = (user: object): Promise<unknown> => {
    cluster.writeConfig({ server: cluster.fake.url, 'tls-server-name': 'inside' }, user)
    return cluster.open()
  }

  it('is called again when its token has run out, and the cluster stays the same', async () => {
    const script = `
      const { readFileSync, writeFileSync } = require('node:fs')
      const calls = Number(readFileSync(process.argv[1], 'utf8')) + 1
      writeFileSync(process.argv[1], String(calls))
      console.log(JSON.stringify({ status: { token: 'token-' + calls } }))`
    cluster.write('calls', '0')
    const exec = { command: process.execPath, args: ['-e', script, '--', join(cluster.root, 'calls')] }
    cluster.writeConfig({ server: cluster.fake.url }, { exec })
    cluster.fake.token = 'token-1'
    const control = await cluster.open()
    expect(await cluster.configure(control, { replicas: 2 })).toMatchObject({ replicas: 2 })
    cluster.fake.token = 'token-2'
    cluster.writeConfig({ server: 'http://127.0.0.1:1' }, { exec })
    expect(await cluster.configure(control, { replicas: 3 })).toMatchObject({ replicas: 3 })
    // Once, not for ever.
    cluster.fake.token = 'token-9'
    await expect(cluster.configure(control, { replicas: 4 })).rejects.toMatchObject({ status: 401 })
    expect(readFileSync(join(cluster.root, 'calls'), 'utf8')).toBe('3')
  })

  it('is told the cluster where it asks for it', async () => {
    const script = `
      const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      console.log(JSON.stringify({ status: { token: spec.cluster.server + ' ' + spec.cluster['tls-server-name'] } }))`
    const exec = { command: process.execPath, args: ['-e', script], provideClusterInfo: true }
    cluster.writeConfig({ server: cluster.fake.url, 'tls-server-name': 'inside' }, { exec })
    expect(await readAccess('staging', 'kubeconfig', cluster.root)).toMatchObject({
      token: `${cluster.fake.url} inside`,
      serverName: 'inside',
    })
  })

  it.each<[string, object, { message: string; advice: string }]>([
    [
      'is not installed',
      { command: 'no-such-login', installHint: 'Install no-such-login.' },
      { message: 'is not installed', advice: 'Install no-such-login.' },
    ],
    ['prints nothing of use', printing('{}'), { message: 'prints no token', advice: 'ExecCredential' }],
    ['prints no JSON', printing('secret-token'), { message: 'prints no token', advice: 'ExecCredential' }],
    [
      'asks somebody',
      { command: 'x', interactiveMode: 'Always' },
      { message: 'has to ask somebody', advice: 'log in before' },
    ],
  ])('that %s is told, without what it has printed', async (_, exec, { message, advice }) => {
    const error = await tell({ exec }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      message: expect.stringContaining(message) as string,
      advice: expect.stringContaining(advice) as string,
    })
    expect(inspect(error)).not.toContain('secret-token')
  })
})

describe('a token by OpenID Connect', () => {
  const token = (claims: object): string =>
    ['{}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const log = (name: string, idToken: string): Promise<unknown> => {
    cluster.writeConfig(
      { server: cluster.fake.url },
      { 'auth-provider': { name, config: { 'id-token': idToken } } },
    )
    return readAccess('staging', 'kubeconfig', cluster.root)
  }

  it('is taken as long as it is good', async () => {
    const good = token({ exp: 4e9 })
    expect(await log('oidc', good)).toMatchObject({ token: good })
    expect(await log('oidc', 'opaque')).toMatchObject({ token: 'opaque' })
    await expect(log('oidc', token({ exp: 1e9 }))).rejects.toThrow(/has run out/)
    await expect(log('oidc', '')).rejects.toThrow(/has run out/)
    await expect(log('gcp', good)).rejects.toThrow(/logs in by 'gcp', which Kubernetes has taken out/)
  })
})

describe('several kubeconfigs', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('are one, of which the first wins, and paths in each start beside it', async () => {
    mkdirSync(join(cluster.root, 'other'))
    cluster.write('other/token', 'beside\n')
    cluster.write(
      'first',
      JSON.stringify({ contexts: [{ name: 'a', context: { cluster: 'c', user: 'v' } }] }),
    )
    cluster.write('other/second', JSON.stringify({ users: [{ name: 'v', user: { tokenFile: 'token' } }] }))
    const paths = ['first', 'nothing', 'other/second', 'kubeconfig'].map((file) => join(cluster.root, file))
    vi.stubEnv('KUBECONFIG', paths.join(delimiter))
    expect(await readAccess('a', null, '/')).toMatchObject({ url: cluster.fake.url, token: 'beside' })
    await expect(readAccess('production', null, '/')).rejects.toMatchObject({ advice: 'It has a, staging.' })
  })

  it('behind a proxy are told', async () => {
    cluster.writeConfig({ server: cluster.fake.url, 'proxy-url': 'socks5://127.0.0.1:1' })
    await expect(readAccess('staging', 'kubeconfig', cluster.root)).rejects.toThrow(/behind a proxy/)
  })
})
