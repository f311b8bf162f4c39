import http2 from 'node:http2'
import { request } from 'node:https'
import { connect, type ConnectionOptions } from 'node:tls'
import { Client, credentials } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { createCertificate, type TestCertificate } from '../certificate.ts'
import { createTruthServer, type TruthServer, type TruthServerOptions } from './truth-server.ts'

const names = ['localhost', '127.0.0.1']
const authority = createCertificate({ name: 'an authority' })
const stranger = createCertificate({ name: 'a stranger' })
const { cert, key } = createCertificate({ name: 'the server', names, issuer: authority })
const tls = { cert, key, ca: authority.cert }

const servers: TruthServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server[Symbol.asyncDispose]()))
})

async function start(options: TruthServerOptions): Promise<TruthServer> {
  const server = await createTruthServer(options)
  servers.push(server)
  return server
}

function get(server: TruthServer, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    request(server.url, { ca: authority.cert, agent: false, ...options }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

const same = (bytes: Buffer) => bytes

function clientOf(issuer: TestCertificate): ConnectionOptions {
  const certificate = createCertificate({ name: 'a client', issuer })
  return { cert: certificate.cert, key: certificate.key }
}

describe('TLS', () => {
  it('serves HTTP/1.1, HTTP/2 and gRPC on one port, by ALPN', async () => {
    const server = await start({ tls })
    expect(server.url).toMatch(/^https:/)
    expect(JSON.parse(await get(server))).toMatchObject({ index: 0 })
    const session = http2.connect(server.url, { ca: authority.cert })
    const stream = session.request({ ':path': '/h2' })
    stream.setEncoding('utf8')
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    session.close()
    expect(JSON.parse(text)).toMatchObject({ index: 1, path: '/h2' })
    const client = new Client(server.authority, credentials.createSsl(Buffer.from(authority.cert)), {
      'grpc.ssl_target_name_override': 'localhost',
    })
    const echoed = await new Promise((resolve, reject) =>
      client.makeUnaryRequest('/s/m', same, same, Buffer.from('hi'), (error, value) =>
        error ? reject(error) : resolve(value),
      ),
    )
    client.close()
    expect(String(echoed)).toContain('"index":2')
  })

  it('is not trusted without its authority, for another name, or when expired', async () => {
    const server = await start({ tls })
    await expect(get(server, { ca: stranger.cert })).rejects.toThrow(/self-signed|unable to verify/)
    await expect(get(server, { servername: 'example.org' })).rejects.toThrow(/example\.org/)
    const old = createCertificate({ name: 'the server', names, issuer: authority, expired: true })
    await expect(get(await start({ tls: { cert: old.cert, key: old.key } }))).rejects.toThrow(/expired/)
  })

  it('asks for client certificates, and refuses strangers', async () => {
    const server = await start({ tls: { ...tls, clientCertificate: 'required' } })
    expect(JSON.parse(await get(server, clientOf(authority)))).toMatchObject({ index: 0 })
    await expect(get(server)).rejects.toThrow()
    await expect(get(server, clientOf(stranger))).rejects.toThrow()
    expect(server.counters()).toMatchObject({ connections: 3, requests: 1 })
  })

  it('resets connections for real', async () => {
    const server = await start({ tls, program: { fault: { kind: 'reset', after: 'headers' } } })
    await expect(get(server)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await server.program({ connections: { accept: { fault: 'reset' } } })
    await expect(get(server)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('offers only the protocols it was told to', async () => {
    const server = await start({ tls: { ...tls, protocols: ['http/1.1'] } })
    const socket = connect({
      port: server.port,
      host: server.host,
      ca: authority.cert,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.destroy()
  })
})
