import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import { Dialer } from './dialer.ts'
import { parseEndpoint } from './endpoint.ts'
import { codeOf, failureOf } from './failure.ts'

function dial(dialer: Dialer): Promise<Socket> {
  return new Promise((dialed, dialFailed) => dialer.dial({ dialed, dialFailed }))
}

describe('Dialer', () => {
  it('counts and times what it opens, and stays with the address that answered', async () => {
    const server = createServer((socket) => socket.resume().on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const dialer = new Dialer(parseEndpoint(`http://localhost:${port}`), null)
    await dialer.resolve()
    for (let count = 1; count <= 3; count++) {
      const socket = await dial(dialer)
      expect(socket.remoteAddress).toBe('127.0.0.1')
      expect(dialer).toMatchObject({ opened: count, failed: 0, handshakeNanos: 0 })
      socket.destroy()
    }
    expect(dialer.connectNanos).toBeGreaterThan(0)
    server.close()
    await once(server, 'close')
    await expect(dial(dialer)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(dialer).toMatchObject({ opened: 3, failed: 1 })
  })

  it('never fails within the turn in which it was called, so that callers may dial again', async () => {
    // A broadcast address is refused by the system call itself.
    const dialer = new Dialer(parseEndpoint('http://255.255.255.255:1'), null)
    let turns = 0
    setImmediate(() => (turns += 1))
    await expect(dial(dialer).finally(() => expect(turns).toBe(1))).rejects.toBeInstanceOf(Error)
  })

  it('rejects when the name has no address', async () => {
    const dialer = new Dialer(parseEndpoint('http://no-such-host.invalid'), null)
    const error: unknown = await dialer.resolve().catch((reason: unknown) => reason)
    expect(failureOf(error)).toBe(FailureKind.dns)
  })
})

describe('failureOf', () => {
  it.each([
    ['ECONNREFUSED', FailureKind.refused],
    ['ECONNRESET', FailureKind.reset],
    ['EPIPE', FailureKind.reset],
    ['EHOSTUNREACH', FailureKind.unreachable],
    ['ENOTFOUND', FailureKind.dns],
    ['EMFILE', FailureKind.exhausted],
    ['EADDRNOTAVAIL', FailureKind.exhausted],
    ['ERR_SSL_WRONG_VERSION_NUMBER', FailureKind.tls],
    ['ERR_TLS_CERT_ALTNAME_INVALID', FailureKind.tls],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', FailureKind.tls],
    ['SOMETHING_ELSE', FailureKind.closed],
  ])('%s', (code, kind) => {
    expect(failureOf(Object.assign(new Error('x'), { code }))).toBe(kind)
  })

  it('looks into errors of several addresses, and takes anything', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    expect(failureOf(new AggregateError([refused]))).toBe(FailureKind.refused)
    expect(codeOf(new AggregateError([]))).toBe('')
    expect(failureOf(undefined)).toBe(FailureKind.closed)
    expect(failureOf('text')).toBe(FailureKind.closed)
  })
})
