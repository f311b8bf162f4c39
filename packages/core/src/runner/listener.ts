import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const PROC = '/proc'
/** States of sockets in /proc/net/tcp. */
const LISTEN = '0A'
const ANY = /^0+$/
/** 127.0.0.0/8, ::1, and the former as an IPv6 address; words of addresses are in the byte order of the machine. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/

/** What listens on a TCP port of this machine, as far as /proc shows it. */
export interface Listeners {
  /** Inodes of the sockets; empty when nothing listens, or not in this network namespace. */
  readonly sockets: readonly string[]
  /** Processes that have one of them open: several where a socket is inherited, or a port is shared. */
  readonly pids: readonly number[]
}

/**
 * Who listens on a port. Sockets of other users have no processes here, unless the tool may look into them; `null` where
 * there is no /proc.
 * @param address of the machine that was asked; loopback when omitted
 */
export function findListeners(
  port: number,
  address: string | null = null,
  root: string = PROC,
): Listeners | null {
  const sockets = listeningSockets(port, address, root)
  return sockets === null ? null : { sockets, pids: sockets.length === 0 ? [] : holdersOf(sockets, root) }
}

/** The sockets alone, which is a small part of the work; `null` where there is no /proc. */
export function listeningSockets(
  port: number,
  address: string | null = null,
  root: string = PROC,
): readonly string[] | null {
  const tables = ['tcp', 'tcp6'].map((name) => readTable(`${root}/net/${name}`))
  if (tables.every((table) => table === null)) return null
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const own = address === null ? null : hexOf(address)
  return tables.flatMap((table) =>
    (table ?? []).flatMap((fields): string[] => {
      const [host = '', at] = (fields[1] ?? '').split(':')
      const inode = fields[9]
      if (fields[3] !== LISTEN || at !== wanted || inode === undefined) return []
      return ANY.test(host) || (own === null ? LOOPBACK.test(host) : host.endsWith(own)) ? [inode] : []
    }),
  )
}

/** The name of a process's program, without its arguments; `null` when it has ended. */
export function commandOf(pid: number, root: string = PROC): string | null {
  try {
    return readFileSync(`${root}/${pid}/comm`, 'utf8').trim().slice(0, 64)
  } catch {
    return null
  }
}

/** `0100007F` of 127.0.0.1 */
function hexOf(address: string): string {
  return address
    .split('.')
    .toReversed()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('')
}

function readTable(path: string): readonly (readonly string[])[] | null {
  try {
    return readFileSync(path, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
  } catch {
    return null
  }
}

function holdersOf(sockets: readonly string[], root: string): number[] {
  const wanted = new Set(sockets.map((inode) => `socket:[${inode}]`))
  return safeList(root)
    .filter((name) => /^\d+$/.test(name))
    .filter((name) =>
      safeList(`${root}/${name}/fd`).some((fd) => wanted.has(safeLink(`${root}/${name}/fd/${fd}`))),
    )
    .map(Number)
    .toSorted((one, other) => one - other)
}

function safeList(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function safeLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Closed meanwhile.
    return ''
  }
}
