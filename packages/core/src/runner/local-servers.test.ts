import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../hooks/server.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { HostWatch } from './host-watch.ts'
import { isLocalTarget, LocalServerFinder, localPort } from './local-servers.ts'

it.each([
  ['http://127.0.0.1:8000/x', 8000],
  ['http://localhost', 80],
  ['https://[::1]/', 443],
  ['127.0.0.1:8001', 8001],
  ['http://127.200.3.4:5', 5],
  ['http://0.0.0.0:9', 9],
  ['http://example.org:8000', null],
  ['http://192.0.2.1:8000', null],
  ['http://127.0.0.1.example.org', null],
  ['nonsense:', null],
])('%s is on this machine: port %j', (url, port) => {
  expect(localPort(url)).toBe(port)
  expect(isLocalTarget({ url })).toBe(port !== null)
})

it('takes addresses of this machine for this machine', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  for (const { address, family } of own.filter(({ family }) => family === 'IPv4'))
    expect(localPort(`http://${address}:8000`), family).toBe(8000)
  expect(isLocalTarget({})).toBe(false)
})

describe('with a /proc', () => {
  let proc: string
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'proc-'))
    mkdirSync(join(proc, 'net'))
  })
  afterEach(() => rmSync(proc, { recursive: true, force: true }))

  /** Ports on all addresses, with the inodes of their sockets. */
  function listen(ports: Readonly<Record<number, number>>): void {
    const rows = Object.entries(ports).map(
      ([port, inode]) =>
        `0: 00000000:${Number(port).toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A 0 0 0 0 0 ${inode}`,
    )
    writeFileSync(join(proc, 'net/tcp'), ['head', ...rows].join('\n'))
  }

  function run(pid: number, command: string, sockets: readonly number[], parent = 1, started = pid): void {
    mkdirSync(join(proc, `${pid}/fd`), { recursive: true })
    writeFileSync(join(proc, `${pid}/comm`), `${command}\n`)
    writeFileSync(
      join(proc, `${pid}/stat`),
      `${pid} (${command}) S ${parent} ${pid} ${pid} ${Array.from({ length: 15 }, () => 0).join(' ')} ${started} 0 0`,
    )
    for (const [index, inode] of sockets.entries())
      symlinkSync(`socket:[${inode}]`, join(proc, `${pid}/fd/${index}`))
  }

  const attached = (endpoints: RunningServer['endpoints'], local = true): RunningServer =>
    ({ endpoints, process: null, local }) as RunningServer
  const ENDPOINTS = {
    http: 'http://127.0.0.1:8000',
    grpc: '127.0.0.1:8001',
    metrics: 'http://127.0.0.1:8002/m',
  }

  it('finds the process behind the URL of a target', () => {
    listen({ 8000: 5 })
    run(70, 'tritonserver', [5])
    const found = new LocalServerFinder(proc).find(null, [
      { url: 'http://localhost:8000' },
      { url: '127.0.0.1:8000' },
      { url: 'http://example.org:8000' },
      {},
    ])
    expect(found).toEqual({
      processes: [70],
      attached: [{ port: 8000, processes: [{ pid: 70, command: 'tritonserver' }], unknown: null }],
    })
  })

  it('finds that of an attached server, which targets name no more', () => {
    // Its metrics are switched off.
    listen({ 8000: 5, 8001: 6 })
    run(70, 'tritonserver', [5, 6])
    const { processes, attached: servers } = new LocalServerFinder(proc).find(attached(ENDPOINTS), [{}])
    expect(processes).toEqual([70])
    expect(servers.map(({ port, unknown }) => [port, unknown])).toEqual([
      [8000, null],
      [8001, null],
    ])
  })

  it('leaves a launched server to itself, and looks for others that the trial asks', () => {
    listen({ 8000: 5, 9000: 6 })
    run(70, 'tritonserver', [5])
    run(80, 'gateway', [6])
    const launched = { ...attached(ENDPOINTS), process: { pid: 70 } } as unknown as RunningServer
    const finder = new LocalServerFinder(proc)
    expect(finder.find(launched, [{}])).toEqual({ processes: [70], attached: [] })
    expect(finder.find(launched, [{ url: 'http://127.0.0.1:8000' }]).attached).toEqual([])
    expect(finder.find(launched, [{ url: 'http://127.0.0.1:9000' }])).toEqual({
      processes: [70, 80],
      attached: [{ port: 9000, processes: [{ pid: 80, command: 'gateway' }], unknown: null }],
    })
  })

  it('does not look for a server that says that it is elsewhere', () => {
    listen({ 8000: 5 })
    run(70, 'kubectl', [5])
    expect(new LocalServerFinder(proc).find(attached(ENDPOINTS, false), [{}])).toEqual({
      processes: [],
      attached: [],
    })
  })

  it('names the process that has opened a socket, not the workers that inherit it', () => {
    listen({ 8000: 5 })
    run(70, 'gunicorn', [5])
    run(71, 'gunicorn', [5], 70)
    run(72, 'gunicorn', [5], 70)
    const found = new LocalServerFinder(proc).find(null, [{ url: 'http://127.0.0.1:8000' }])
    expect(found.processes).toEqual([70])
  })

  it.each<[reason: RegExp, ports: Record<number, number>, command: string | null]>([
    [/nothing is seen to listen/, {}, 'tritonserver'],
    [/another user or to a container/, { 8000: 5 }, null],
    [/^docker-proxy \(process 70\) passes its requests on/, { 8000: 5 }, 'docker-proxy'],
    [/^kubectl /, { 8000: 5 }, 'kubectl'],
    [/^ssh /, { 8000: 5 }, 'ssh'],
  ])('does not know a server, and says why: %s', (reason, ports, command) => {
    listen(ports)
    if (command !== null) run(70, command, [5])
    const { processes, attached: servers } = new LocalServerFinder(proc).find(attached(ENDPOINTS), [])
    expect(processes).toBeNull()
    expect(servers).toEqual([{ port: 8000, processes: [], unknown: expect.stringMatching(reason) as string }])
  })

  it('says so where a system does not show who listens', () => {
    rmSync(join(proc, 'net'), { recursive: true })
    const { attached: servers } = new LocalServerFinder(proc).find(attached(ENDPOINTS), [])
    expect(servers).toEqual([
      { port: 8000, processes: [], unknown: expect.stringMatching(/this system/) as string },
    ])
  })

  it('keeps what it knows while the processes and their sockets are the same', () => {
    listen({ 8000: 5 })
    run(70, 'server', [5])
    const finder = new LocalServerFinder(proc)
    const first = finder.find(null, [{ url: 'http://127.0.0.1:8000' }])
    expect(finder.find(null, [{ url: 'http://127.0.0.1:8000' }]).attached[0]).toBe(first.attached[0])
    // The same number, another process.
    rmSync(join(proc, '70'), { recursive: true })
    run(70, 'other', [5], 1, 999)
    expect(finder.find(null, [{ url: 'http://127.0.0.1:8000' }]).attached[0]?.processes).toEqual([
      { pid: 70, command: 'other' },
    ])
    // Started anew.
    rmSync(join(proc, '70'), { recursive: true })
    run(90, 'server', [6])
    listen({ 8000: 6 })
    expect(finder.find(null, [{ url: 'http://127.0.0.1:8000' }]).processes).toEqual([90])
  })

  it('looks again after a while for one that it has not found', () => {
    listen({ 8000: 5 })
    let now = 0
    const finder = new LocalServerFinder(proc, () => now)
    const find = () => finder.find(null, [{ url: 'http://127.0.0.1:8000' }]).processes
    expect(find()).toBeNull()
    run(70, 'server', [5])
    now = 29_999
    expect(find()).toBeNull()
    now = 30_000
    expect(find()).toEqual([70])
  })
})

const SERVER = `
  const { fork } = require('node:child_process')
  if (process.argv[2] === 'worker') {
    while (process.cpuUsage().user < 300_000);
    process.send('done')
  } else {
    const server = require('node:http').createServer((_, response) => {
      // A process that is started while it is measured.
      const worker = fork(process.env.SELF, ['worker'])
      worker.on('exit', () => response.end('served'))
    })
    server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)))
  }`

it.runIf(process.platform === 'linux')(
  'counts what a server on this machine uses, with processes that it starts later',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'server-'))
    const file = join(folder, 'server.cjs')
    writeFileSync(file, SERVER)
    const server = spawn(process.execPath, [file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SELF: file, NODE_OPTIONS: '' },
    })
    try {
      const [port] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string]
      const url = `http://127.0.0.1:${port}`
      const { processes, attached } = new LocalServerFinder().find(null, [{ url }])
      expect(processes).toEqual([server.pid])
      expect(attached[0]?.processes[0]?.pid).toBe(server.pid)
      const watch = new HostWatch(processes)
      watch.begin()
      expect(await (await fetch(url)).text()).toBe('served')
      // A tick is 10 ms, and both ends may lose one.
      expect(watch.end().server).toBeGreaterThanOrEqual(270 * MILLISECOND)
    } finally {
      server.kill('SIGKILL')
      await text(server.stdout)
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
