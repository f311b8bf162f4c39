import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { localServers, loopbackPort } from './local-servers.ts'

it.each([
  ['http://127.0.0.1:8000/x', 8000],
  ['http://localhost', 80],
  ['https://[::1]/', 443],
  ['127.0.0.1:8001', 8001],
  ['http://127.200.3.4:5', 5],
  ['http://0.0.0.0:9', 9],
  ['http://example.org:8000', null],
  ['http://10.0.0.1:8000', null],
  ['http://127.0.0.1.example.org', null],
  ['nonsense:', null],
])('%s is on this machine: port %j', (url, port) => {
  expect(loopbackPort(url)).toBe(port)
})

it('tells targets elsewhere from those here, and finds the processes of these', async () => {
  expect(localServers([{ url: 'http://example.org' }, {}])).toBe('remote')
  expect(localServers([{ url: 'http://127.0.0.1:1' }])).toBe('unknown')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const found = localServers([{ url: `http://127.0.0.1:${port}` }, { url: 'http://example.org' }])
  expect(found).toEqual(process.platform === 'linux' ? [process.pid] : 'unknown')
  server.close()
})
