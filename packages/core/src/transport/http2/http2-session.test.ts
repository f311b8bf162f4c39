import { expect, it } from 'vitest'
import { BlockedReason, FailureKind } from '../../engine/outcome.ts'
import type { ConnectionPlan, Patch, Prepared } from '../../engine/session.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { Dialer } from '../socket/dialer.ts'
import { Http2Session } from './http2-session.ts'
import type { Link, LinkOwner } from './link.ts'

const PLAN: ConnectionPlan = { count: 2, fixed: true, streams: 2, reuse: 'keep-alive', open: 'before' }
const [ONE, TWO] = prepare([{ bytes: Buffer.from('1') }, { bytes: Buffer.from('2') }]) as [Prepared, Prepared]

/** A link that does what the test says, when the test says it. */
class FakeLink implements Link {
  readonly calls: string[] = []
  readonly open = (): void => void this.calls.push('open')
  readonly bytesOut = 10
  readonly bytesIn = 20
  active = 0
  capacity = 0
  readonly owner: LinkOwner
  readonly streams: number

  constructor(owner: LinkOwner, streams: number) {
    this.owner = owner
    this.streams = streams
  }
  start(slot: number, prepared: Prepared, patch: Patch): void {
    this.active += 1
    this.calls.push(`start ${slot}: ${prepared.index} ${patch.unit}`)
  }
  write(slot: number, prepared: Prepared, patch: Patch): void {
    this.calls.push(`write ${slot}: ${prepared.index} ${patch.unit}`)
  }
  end(slot: number): void {
    this.calls.push(`end ${slot}`)
  }
  cancel(slot: number): void {
    this.active -= 1
    this.calls.push(`cancel ${slot}`)
  }
  destroy(): void {
    this.calls.push('destroy')
  }

  succeed(): this {
    this.capacity = this.streams
    this.owner.opened(this)
    return this
  }
  fail(kind: FailureKind = FailureKind.refused): void {
    this.owner.openFailed(this, kind, new Error('no'))
  }
  settle(slot: number, kind: FailureKind = FailureKind.none): void {
    this.active -= 1
    this.owner.settled(slot, kind, 0, 7)
  }
  lose(): void {
    this.capacity = 0
    this.owner.closed(this, true)
  }
}

function bench(plan: Partial<ConnectionPlan> = {}) {
  const links: FakeLink[] = []
  const exchange = new RecordingExchange(16)
  const connections = { ...PLAN, ...plan }
  const dialer = new Dialer({ secure: false, host: '127.0.0.1', port: 1, authority: '127.0.0.1:1' }, null)
  const session = new Http2Session('fake', { exchange, connections, slots: 16 }, dialer, (owner) => {
    const link = new FakeLink(owner, connections.reuse === 'per-request' ? 1 : connections.streams)
    links.push(link)
    return link
  })
  return {
    links,
    exchange,
    session,
    open: (slot: number, prepared = ONE) => {
      exchange.expect(slot)
      const settlement = exchange.settlement(slot)
      session.open(slot, prepared, patchOf(slot))
      return settlement
    },
    started: () => links.map(({ calls }) => calls.filter((call) => call.startsWith('start')).length),
  }
}

async function connected(plan: Partial<ConnectionPlan> = {}) {
  const made = bench(plan)
  const ready = made.session.connect()
  // The host name is resolved first.
  await Promise.resolve()
  for (const link of made.links) link.succeed()
  await ready
  return made
}

it('opens all connections and resolves when they are usable', async () => {
  const { session, links } = bench({ count: 3 })
  let resolved = false
  const ready = session.connect().then(() => (resolved = true))
  await Promise.resolve()
  expect(links.map(({ calls }) => calls)).toEqual([['open'], ['open'], ['open']])
  links[0]?.succeed()
  links[1]?.fail()
  await new Promise((resolve) => setImmediate(resolve))
  expect(resolved).toBe(false)
  links[2]?.succeed()
  await ready
  expect(session.statistics()).toMatchObject({
    connectionsOpened: 2,
    connectionsFailed: 1,
    bytesOut: 20,
    bytesIn: 40,
  })
})

it('rejects when no connection is usable', async () => {
  const { session, links } = bench()
  const ready = session.connect()
  await Promise.resolve()
  links[0]?.fail()
  links[1]?.fail()
  await expect(ready).rejects.toThrow('no')
})

it('rejects when it is closed while it connects', async () => {
  const { session, links } = bench()
  const ready = session.connect()
  await Promise.resolve()
  const rejected = expect(ready).rejects.toMatchObject({ code: 'SERVEBENCH_SESSION_CLOSED' })
  await session[Symbol.asyncDispose]()
  await rejected
  expect(links.map(({ calls }) => calls.at(-1))).toEqual(['destroy', 'destroy'])
})

it('gives each exchange to the connection with the fewest in flight, in turns', async () => {
  const { links, open, started } = await connected({ count: 3, streams: 10 })
  for (let slot = 0; slot < 9; slot++) void open(slot)
  expect(started()).toEqual([3, 3, 3])
  links[1]?.settle(1)
  links[1]?.settle(4)
  void open(9)
  void open(10)
  expect(started()).toEqual([3, 5, 3])
  // With nothing in flight, too, every connection gets its share.
  const idle = await connected({ count: 3, streams: 10 })
  for (let round = 0; round < 6; round++) {
    void idle.open(0)
    idle.links.find(({ active }) => active === 1)?.settle(0)
  }
  expect(idle.started()).toEqual([2, 2, 2])
})

it('lets exchanges wait first come, first served, and says so', async () => {
  const { links, open, exchange, session } = await connected({ count: 1, streams: 2 })
  const [link] = links as [FakeLink]
  for (const slot of [0, 1, 2, 3, 4]) void open(slot, slot === 3 ? TWO : ONE)
  expect(exchange.blocks).toEqual([BlockedReason.streams])
  session.cancel(2)
  link.settle(0)
  link.settle(1)
  expect(link.calls.slice(1)).toEqual(['start 0: 0 0', 'start 1: 0 1', 'start 3: 1 3', 'start 4: 0 4'])
  expect(exchange.calls(3)).toEqual(['connected'])
  expect(exchange.blocks).toEqual([BlockedReason.streams, 'ready'])
  expect(exchange.violations).toEqual([])
})

it('keeps the order when a settlement opens the next exchange at once', async () => {
  const { links, open, exchange } = await connected({ count: 1, streams: 1 })
  const [link] = links as [FakeLink]
  void open(0)
  void open(1)
  exchange.onSettled = (slot) => {
    if (slot === 0) void open(0, TWO)
  }
  link.settle(0)
  link.settle(1)
  expect(link.calls.slice(1)).toEqual(['start 0: 0 0', 'start 1: 0 1', 'start 0: 1 0'])
})

it('keeps what is written before there is a stream', async () => {
  const { links, open, session } = await connected({ count: 1, streams: 1 })
  const [link] = links as [FakeLink]
  void open(0)
  void open(1)
  const patch = patchOf(5)
  session.write(1, TWO, patch)
  patch.unit = 99
  session.write(1, ONE, patch)
  session.end(1)
  link.settle(0)
  expect(link.calls.slice(2)).toEqual(['start 1: 0 1', 'write 1: 1 5', 'write 1: 0 99', 'end 1'])
  session.write(1, TWO, patch)
  session.end(1)
  expect(link.calls.slice(6)).toEqual(['write 1: 1 99', 'end 1'])
  link.settle(1)
  session.write(1, TWO, patch)
  session.end(1)
  session.cancel(1)
  expect(link.calls).toHaveLength(8)
})

it('forgets what was written for an exchange that was cancelled', async () => {
  const { links, open, session } = await connected({ count: 1, streams: 1 })
  const [link] = links as [FakeLink]
  void open(0)
  void open(1)
  session.write(1, TWO, patchOf(1))
  session.cancel(1)
  void open(1)
  link.settle(0)
  expect(link.calls.slice(2)).toEqual(['start 1: 0 1'])
})

it('connects on demand: as many as the waiting exchanges need, up to the plan', async () => {
  const { links, open, exchange } = bench({ open: 'on-demand', count: 3, streams: 2 })
  void open(0)
  void open(1)
  expect(links).toHaveLength(1)
  expect(exchange.blocks).toEqual([BlockedReason.connections])
  void open(2)
  expect(links).toHaveLength(2)
  for (let slot = 3; slot < 10; slot++) void open(slot)
  expect(links).toHaveLength(3)
  for (const link of links) link.succeed()
  expect(links.map(({ active }) => active)).toEqual([2, 2, 2])
  expect(exchange.blocks).toEqual([BlockedReason.connections])
})

it('opens more than planned only where the plan is not a limit', async () => {
  const { links, open, started } = await connected({ count: 1, streams: 2, fixed: false })
  for (let slot = 0; slot < 5; slot++) void open(slot)
  expect(links).toHaveLength(3)
  links[1]?.succeed()
  links[2]?.succeed()
  expect(started()).toEqual([2, 2, 1])
})

it('opens no further connection to a server that allows no streams', async () => {
  const { links, open } = await connected({ count: 1, streams: 2, fixed: false })
  const [link] = links as [FakeLink]
  link.capacity = 0
  void open(0)
  expect(links).toHaveLength(1)
  link.capacity = 2
  link.owner.capacityChanged(link)
  expect(link.calls.at(-1)).toBe('start 0: 0 0')
})

it('settles the exchanges that a failed attempt would have carried, when nothing else can', async () => {
  const { links, open, exchange } = bench({ open: 'on-demand', count: 4, streams: 2 })
  const settlements = [0, 1, 2].map((slot) => open(slot))
  links[0]?.fail(FailureKind.dns)
  expect((await settlements[0])?.kind).toBe(FailureKind.dns)
  expect((await settlements[1])?.kind).toBe(FailureKind.dns)
  expect(exchange.openSlots).toBe(1)
  links[1]?.fail(FailureKind.exhausted)
  expect((await settlements[2])?.kind).toBe(FailureKind.exhausted)
  expect(exchange.blocks).toEqual([BlockedReason.connections, BlockedReason.descriptors])
  void open(3)
  links[2]?.succeed()
  expect(exchange.blocks.at(-1)).toBe('ready')
})

it('keeps exchanges waiting for other connections when an attempt fails', async () => {
  const { links, open, exchange } = await connected({ count: 1, streams: 1, fixed: false })
  void open(0)
  void open(1)
  links[1]?.fail()
  expect(exchange.openSlots).toBe(2)
  expect(links).toHaveLength(3)
  links[0]?.settle(0)
  expect(links[0]?.active).toBe(1)
})

it('replaces lost connections at the next exchange, but does not try all the time', async () => {
  const { links, open, session } = await connected({ count: 2, streams: 10 })
  links[0]?.lose()
  expect(links).toHaveLength(2)
  void open(0)
  expect(links).toHaveLength(3)
  links[2]?.fail()
  void open(1)
  void open(2)
  expect(links).toHaveLength(3)
  expect(links[1]?.active).toBe(3)
  expect(session.statistics()).toMatchObject({ connectionsClosed: 1, connectionsFailed: 1 })
})

it('does without connections that only finish what they have begun', async () => {
  const { links, open } = await connected({ count: 1, streams: 2 })
  const [old] = links as [FakeLink]
  void open(0)
  old.capacity = 0
  old.owner.retiring(old)
  void open(1)
  expect(links).toHaveLength(2)
  links[1]?.succeed()
  expect(links[1]?.calls.at(-1)).toBe('start 1: 0 1')
  old.settle(0)
  old.owner.closed(old, false)
})

it('uses each connection once when asked to, and no more at a time than planned', async () => {
  const { links, open, session } = bench({ reuse: 'per-request', count: 2, streams: 10 })
  await session.connect()
  expect(links).toEqual([])
  for (const slot of [0, 1, 2]) void open(slot)
  expect(links).toHaveLength(2)
  const [link] = links as [FakeLink]
  link.succeed()
  link.capacity = 0
  link.owner.retiring(link)
  expect(links).toHaveLength(2)
  link.settle(0)
  link.owner.closed(link, false)
  expect(links).toHaveLength(3)
})

it('tells when flow control holds requests back', async () => {
  const { links, exchange } = await connected()
  const [one, two] = links as [FakeLink, FakeLink]
  one.owner.flowControl(one, true)
  two.owner.flowControl(two, true)
  one.owner.flowControl(one, false)
  expect(exchange.blocks).toEqual([BlockedReason.flowControl])
  two.lose()
  expect(exchange.blocks).toEqual([BlockedReason.flowControl, 'ready'])
})

it('settles everything when it is closed', async () => {
  const { links, open, session, exchange } = await connected({ count: 1, streams: 1 })
  const settlements = [open(0), open(1)]
  await session[Symbol.asyncDispose]()
  for (const settlement of settlements) expect((await settlement).kind).toBe(FailureKind.cancelled)
  expect(links[0]?.calls.slice(-2)).toEqual(['cancel 0', 'destroy'])
  expect(exchange.violations).toEqual([])
  expect(session.statistics()).toMatchObject({ bytesOut: 10, bytesIn: 20 })
})
