import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { commandOf, findListeners, stillHolds } from './listener.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'proc-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const row = (local: string, state: string, inode: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0`

function writeSockets(pid: number, inodes: readonly number[]): void {
  mkdirSync(join(root, `${pid}/fd`), { recursive: true })
  symlinkSync('/dev/null', join(root, `${pid}/fd/0`))
  for (const [index, inode] of inodes.entries())
    symlinkSync(`socket:[${inode}]`, join(root, `${pid}/fd/${index + 3}`))
}

it('finds all processes that have a listening socket of the port open', () => {
  // 0x1F90 = 8080: a connection to it, then the listener, which workers have inherited.
  write('net/tcp', [HEAD, row('0100007F:1F90', '01', 111), row('00000000:1F90', '0A', 222)].join('\n'))
  write('net/tcp6', [HEAD, row(`${'0'.repeat(24)}01000000:2382`, '0A', 333)].join('\n'))
  writeSockets(50, [111])
  writeSockets(61, [9, 222])
  writeSockets(60, [222])
  writeSockets(70, [333])
  write('not-a-process/fd/3', '')
  expect(findListeners(8080, null, root)).toEqual({
    sockets: ['222'],
    holders: [
      { pid: 60, file: '3', inode: '222' },
      { pid: 61, file: '4', inode: '222' },
    ],
  })
  expect(findListeners(0x2382, null, root)?.holders).toEqual([{ pid: 70, file: '3', inode: '333' }])
  expect(findListeners(81, null, root)).toEqual({ sockets: [], holders: [] })
})

it('knows a socket whose process it may not see', () => {
  write('net/tcp', [HEAD, row('0100007F:1F90', '0A', 222)].join('\n'))
  mkdirSync(join(root, '60'))
  expect(findListeners(8080, null, root)).toEqual({ sockets: ['222'], holders: [] })
})

it('tells servers with the same port at other addresses apart', () => {
  // 10.0.0.5, all IPv6 addresses, 127.0.0.1 as an IPv6 address, 127.0.1.1
  write('net/tcp', [HEAD, row('0500000A:0050', '0A', 1), row('0101007F:0050', '0A', 4)].join('\n'))
  write(
    'net/tcp6',
    [
      HEAD,
      row(`${'0'.repeat(32)}:0050`, '0A', 2),
      row('0000000000000000FFFF00000100007F:0050', '0A', 3),
      row('000080FE00000000000000000500000B:0050', '0A', 5),
    ].join('\n'),
  )
  expect(findListeners(80, null, root)?.sockets).toEqual(['4', '2', '3'])
  expect(findListeners(80, '10.0.0.5', root)?.sockets).toEqual(['1', '2'])
})

it('says nothing where nothing can be seen', () => {
  expect(findListeners(80, null, join(root, 'nowhere'))).toBeNull()
  expect(commandOf(1, root)).toBeNull()
})

it('names a program without its arguments', () => {
  write('7/comm', 'tritonserver\n')
  expect(commandOf(7, root)).toBe('tritonserver')
  write('8/comm', 'x'.repeat(500))
  expect(commandOf(8, root)).toHaveLength(64)
})

it.runIf(process.platform === 'linux')('finds this process by a port of its own', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [own, ...others] = findListeners((server.address() as AddressInfo).port)?.holders ?? []
  expect(own?.pid).toBe(process.pid)
  expect(others).toEqual([])
  expect(own && stillHolds(own)).toBe(true)
  server.close()
  await once(server, 'close')
  expect(own && stillHolds(own)).toBe(false)
})
