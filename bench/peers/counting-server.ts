import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrivals } from './arrivals.ts'
import { processSeconds } from './machine.ts'

const MAGIC = 0x3153545542565253n
const ROWS_AT = 4096
const ROW_BYTES = 32

/** A server in a process of its own, and what it counts: see `bench/servers/truth-server.c` for the layout. */
export class CountingServer implements AsyncDisposable {
  /** `127.0.0.1:41234` */
  readonly authority: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #path: string
  readonly #stats: number
  readonly #header = Buffer.alloc(56)

  /** @param file that it counts in */
  constructor(child: ChildProcess, authority: string, file: string) {
    this.#child = child
    this.pid = child.pid as number
    this.#path = file
    this.#stats = openSync(file, 'r')
    this.authority = authority
  }

  get ready(): boolean {
    return this.#read(0) === MAGIC
  }

  get requests(): number {
    return Number(this.#read(16))
  }

  get answers(): number {
    return Number(this.#read(32))
  }

  get cpuSeconds(): number {
    return processSeconds(this.pid)
  }

  /** The log of the requests [from, until), as far as it still has them. */
  arrivals(from: number, until: number): Arrivals {
    const capacity = Number(this.#read(8))
    const first = Math.max(from, until - capacity)
    const count = Math.max(0, until - first)
    const received = new Float64Array(count)
    const parsed = new Float64Array(count)
    const sent = new Float64Array(count)
    const row = Buffer.alloc(ROW_BYTES)
    for (let index = 0; index < count; index++) {
      readSync(this.#stats, row, 0, ROW_BYTES, ROWS_AT + ((first + index) % capacity) * ROW_BYTES)
      received[index] = Number(row.readBigInt64LE(0))
      parsed[index] = Number(row.readBigInt64LE(8))
      sent[index] = Number(row.readBigInt64LE(16))
    }
    return { received, parsed, sent }
  }

  #read(offset: number): bigint {
    readSync(this.#stats, this.#header, 0, this.#header.length, 0)
    return this.#header.readBigUInt64LE(offset)
  }

  [Symbol.dispose](): void {
    closeSync(this.#stats)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill()
      await exited
    }
    this[Symbol.dispose]()
    rmSync(this.#path, { force: true })
  }
}

/**
 * Starts a server and waits until it counts.
 * @param open makes the object for it
 */
export async function startServer<Server extends CountingServer>(
  open: (child: ChildProcess) => Server,
  binary: string,
  flags: readonly string[],
  file: string,
): Promise<Server> {
  rmSync(file, { force: true })
  // The pipe ends with this process, however it ends.
  const child = spawn(binary, flags, { stdio: ['pipe', 'ignore', 'inherit'] })
  for (let attempt = 0; attempt < 500 && child.exitCode === null; attempt++) {
    await sleep(10)
    const server = tryOpen(() => open(child))
    if (server?.ready) return server
    server?.[Symbol.dispose]()
  }
  child.kill()
  throw new Error(`${path.basename(binary)} did not start.`)
}

function tryOpen<T>(open: () => T): T | null {
  try {
    return open()
  } catch {
    return null
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port is free.')
  return address.port
}
