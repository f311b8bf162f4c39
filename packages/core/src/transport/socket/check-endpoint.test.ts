import type { TlsOptions as ServerOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createCertificate } from '../../testing/certificate.ts'
import { ScriptServer } from '../../testing/script-server.ts'
import type { Script } from '../../testing/script-server.ts'
import { loadTlsMaterial } from '../tls/tls-material.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import { checkEndpoint, endpointWarnings } from './check-endpoint.ts'
import { parseEndpoint } from './endpoint.ts'

const authority = createCertificate({ name: 'test authority' })
const server = createCertificate({ name: 'server', names: ['127.0.0.1', 'localhost'], issuer: authority })
const servers: ScriptServer[] = []
afterEach(async () => {
  for (const running of servers.splice(0)) await running[Symbol.asyncDispose]()
})

async function start(script: Script, tls?: ServerOptions): Promise<number> {
  const running = await ScriptServer.start(script, tls)
  servers.push(running)
  return running.port
}

function check(url: string, tls: TlsOptions = {}, signal?: AbortSignal): Promise<unknown> {
  const endpoint = parseEndpoint(url)
  return checkEndpoint(endpoint, endpoint.secure ? loadTlsMaterial(tls, ['http/1.1']) : null, signal)
}

describe('checkEndpoint', () => {
  it('connects once and sends nothing', async () => {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    const port = await start(async (peer) => {
      await peer.ended()
      resolve(peer.received)
    })
    await expect(check(`http://localhost:${port}`)).resolves.toMatchObject({ protocol: null, warnings: [] })
    expect(await promise).toHaveLength(0)
    expect(servers[0]?.connections).toBe(1)
  })

  it('says that nothing listens', async () => {
    const port = await start(async () => {})
    await servers.splice(0)[0]?.[Symbol.asyncDispose]()
    await expect(check(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_REFUSED',
      message: `Nothing listens on 127.0.0.1:${port}.`,
      exitCode: 4,
    })
    await expect(check(`http://localhost:${port}`)).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_REFUSED',
    })
  })

  it('says that the host has no address', async () => {
    await expect(check('http://no-such-host.invalid')).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_DNS',
      exitCode: 4,
    })
  })

  it('negotiates the protocol over TLS', async () => {
    const port = await start(async (peer) => peer.ended(), {
      cert: server.cert,
      key: server.key,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await expect(check(`https://localhost:${port}`, { ca: authority.cert })).resolves.toMatchObject({
      protocol: 'http/1.1',
    })
  })

  it('says that the server speaks plain HTTP', async () => {
    const port = await start(async (peer) => peer.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await expect(check(`https://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_NOT_TLS',
    })
  })

  it('says that the certificate is not trusted', async () => {
    const port = await start(async (peer) => peer.ended(), { cert: server.cert, key: server.key })
    await expect(check(`https://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('tls.ca'),
    })
  })

  it('says that the server wants a client certificate, also when TLS 1.3 tells so late', async () => {
    const port = await start(async (peer) => peer.ended(), {
      cert: server.cert,
      key: server.key,
      ca: authority.cert,
      requestCert: true,
    })
    await expect(check(`https://127.0.0.1:${port}`, { ca: authority.cert })).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('tls.cert'),
    })
  })

  it('warns of plain HTTP on a port that usually speaks TLS', () => {
    expect(endpointWarnings(parseEndpoint('http://127.0.0.1:8443'))).toEqual([
      expect.stringContaining('https://127.0.0.1:8443'),
    ])
    expect(endpointWarnings(parseEndpoint('https://127.0.0.1:8443'))).toEqual([])
    expect(endpointWarnings(parseEndpoint('http://127.0.0.1:8000'))).toEqual([])
  })

  it('gives up on a signal', async () => {
    const silent = await start(async (peer) => peer.ended())
    const controller = new AbortController()
    const checking = check(`https://127.0.0.1:${silent}`, {}, controller.signal)
    setImmediate(() => controller.abort(new Error('stop')))
    await expect(checking).rejects.toThrow('stop')
    await expect(check(`https://127.0.0.1:${silent}`, {}, controller.signal)).rejects.toThrow('stop')
  })
})

describe('parseEndpoint', () => {
  it.each([
    ['http://localhost', { secure: false, host: 'localhost', port: 80, authority: 'localhost' }],
    ['https://example.org/a?b', { secure: true, host: 'example.org', port: 443, authority: 'example.org' }],
    ['http://[::1]:8000/v2', { secure: false, host: '::1', port: 8000, authority: '[::1]:8000' }],
    ['http://127.0.0.1:80', { secure: false, host: '127.0.0.1', port: 80, authority: '127.0.0.1' }],
  ])('reads %s', (url, endpoint) => {
    expect(parseEndpoint(url)).toEqual(endpoint)
  })

  it.each(['localhost:8000', 'ftp://a', 'http://', '', 'http://a:99999', 'http://a:0'])(
    'refuses %j',
    (url) => {
      expect(() => parseEndpoint(url)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_URL' }))
    },
  )

  it('refuses credentials, and does not repeat them', () => {
    expect(() => parseEndpoint('http://user:hunter2@a')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
    expect(() => parseEndpoint('foo://user:hunter2@a')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})
