import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import type { ConnectionPlan, TargetSession } from '../../engine/session.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { ask, ONE_CONNECTION, sessionContext } from '../../testing/session-harness.ts'
import { CallFailure, type CallConnection } from './call-connection.ts'
import { createCallSession } from './create-call-session.ts'

/** Answers a line with itself; `no` is an error, `hang` is not answered, `die` ends the connection. */
let server: Server
const sockets = new Set<Socket>()
const lines: string[] = []
beforeEach(async () => {
  lines.length = 0
  server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.setEncoding('utf8').on('data', (text: string) => {
      const line = text.trim()
      lines.push(line)
      if (line === 'die') socket.destroy()
      else if (line !== 'hang') socket.write(line === 'no' ? '-no\n' : `+${line}\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

const port = (): number => (server.address() as AddressInfo).port

async function dial(to: number): Promise<CallConnection> {
  const socket = connect(to, '127.0.0.1').setNoDelay()
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return {
    async call(request) {
      socket.write(request)
      return new Promise((resolve, reject) => {
        const closed = () => reject(new Error('closed'))
        socket.once('close', closed)
        socket.once('data', (bytes: Buffer) => {
          socket.off('close', closed)
          if (String(bytes).startsWith('-'))
            reject(new CallFailure(String(bytes), FailureKind.application, 7))
          else resolve(bytes)
        })
      })
    },
    close: () => void socket.destroy(),
  }
}

interface Bed extends AsyncDisposable {
  readonly session: TargetSession
  readonly exchange: RecordingExchange
  say(line: string, slot?: number): ReturnType<typeof ask>
  open(line: string, slot: number): Promise<{ readonly kind: FailureKind }>
}

async function open(plan: Partial<ConnectionPlan> = {}, slots = 1, maxResponseBytes = 100): Promise<Bed> {
  const exchange = new RecordingExchange(slots)
  const to = port()
  const session = createCallSession(
    sessionContext(exchange, [], { connections: { ...ONE_CONNECTION, ...plan }, maxResponseBytes }),
    { engine: 'line-tcp', connect: () => dial(to) },
  )
  await session.connect()
  const payload = (line: string) => prepare([{ bytes: Buffer.from(`${line}\n`) }])[0]!
  return {
    session,
    exchange,
    say: (line, slot = 0) => ask(session, exchange, payload(line), { slot }),
    open: (line, slot) => {
      exchange.expect(slot)
      const settlement = exchange.settlement(slot)
      session.open(slot, payload(line), patchOf(0))
      return settlement
    },
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]()
      expect(exchange.violations).toEqual([])
    },
  }
}

it('answers over one connection, and counts bytes', async () => {
  await using bed = await open()
  for (const line of ['one', 'two']) {
    const { kind, messages, calls } = await bed.say(line)
    expect([kind, String(messages[0])]).toEqual([FailureKind.none, `+${line}\n`])
    expect(calls.slice(0, 2)).toEqual(['sent', 'firstByte'])
  }
  expect(bed.session.statistics()).toMatchObject({
    engine: 'line-tcp',
    connectionsOpened: 1,
    bytesOut: 8,
    bytesIn: 10,
  })
})

it('keeps a connection whose answer says no, and not one that has ended', async () => {
  await using bed = await open()
  expect(await bed.say('no')).toMatchObject({ kind: FailureKind.application, code: 7 })
  expect(await bed.say('one')).toMatchObject({ kind: FailureKind.none })
  expect(bed.session.statistics().connectionsOpened).toBe(1)
  expect(await bed.say('die')).toMatchObject({ kind: FailureKind.closed })
  expect(await bed.say('two')).toMatchObject({ kind: FailureKind.none })
  expect(bed.session.statistics()).toMatchObject({ connectionsOpened: 2, connectionsClosed: 1 })
})

it('lets exchanges wait for a connection, and gives up those that are cancelled, also in line', async () => {
  await using bed = await open({}, 3)
  const settled = ['hang', 'one', 'two'].map((line, slot) => bed.open(line, slot))
  bed.session.cancel(1)
  expect(await settled[1]).toMatchObject({ kind: FailureKind.cancelled })
  bed.session.cancel(0)
  expect(await settled[0]).toMatchObject({ kind: FailureKind.cancelled })
  // What the connection of the first would bring is not the answer of the third.
  expect(await settled[2]).toMatchObject({ kind: FailureKind.none })
  expect(bed.session.statistics().connectionsOpened).toBe(2)
  expect(lines).not.toContain('one')
})

it('refuses what is too large', async () => {
  await using bed = await open({}, 1, 3)
  expect(await bed.say('four')).toMatchObject({ kind: FailureKind.tooLarge })
})

it('opens one for each request where it is asked to', async () => {
  await using bed = await open({ reuse: 'per-request' })
  for (const line of ['one', 'two', 'three']) expect((await bed.say(line)).kind).toBe(FailureKind.none)
  expect(bed.session.statistics().connectionsOpened).toBe(3)
})

it('opens as many as are needed where their number is no limit', async () => {
  await using bed = await open({ fixed: false, open: 'on-demand' }, 3)
  await Promise.all(['one', 'two', 'three'].map((line, slot) => bed.open(line, slot)))
  expect(bed.session.statistics().connectionsOpened).toBe(3)
})

it('tells that nobody is there, when it connects and when it has to again', async () => {
  await using bed = await open({}, 2)
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  expect((await bed.say('one')).kind).not.toBe(FailureKind.none)
  expect(await bed.say('one')).toMatchObject({ kind: FailureKind.refused })
  await expect(
    createCallSession(sessionContext(bed.exchange, []), { engine: 'x', connect: () => dial(1) }).connect(),
  ).rejects.toThrow('ECONNREFUSED')
})

it('writes patches into a copy', async () => {
  await using bed = await open()
  const [prepared] = prepare([
    { bytes: Buffer.from('n=0000\n'), patches: [{ offset: 2, length: 4, field: 'unit', encoding: 'hex' }] },
  ])
  const { messages } = await ask(bed.session, bed.exchange, prepared!, { patch: patchOf(255) })
  expect(String(messages[0])).toBe('+n=00ff\n')
  expect(String(prepared!.bytes)).toBe('n=0000\n')
})
