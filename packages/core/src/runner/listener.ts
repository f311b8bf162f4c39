import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const PROC = '/proc'
/** States of sockets in /proc/net/tcp. */
const LISTEN = '0A'
const ANY = /^0+$/
/** 127.0.0.0/8, ::1, and the former as an IPv6 address; words of addresses are in the byte order of the machine. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/

/** A process that has a listening socket open. */
export interface Holder {
  readonly pid: number
  /** The socket is this one of its files. */
  readonly file: string
  readonly inode: string
}

/** What listens on a TCP port of this machine, as far as /proc shows it. */
export interface Listeners {
  /** Inodes of the sockets; empty when nothing listens, or not in this network namespace. */
  readonly sockets: readonly string[]
  /** Several where a socket is inherited, or a port is shared. */
  readonly holders: readonly Holder[]
}

/**
 * Who listens on a port. Sockets of other users have no holders here, unless the tool may look into their processes; `null`
 * where there is no /proc. Takes some 10 ms, which the tables of sockets do.
 * @param address of the machine that was asked; loopback when omitted
 */
export function findListeners(
  port: number,
  address: string | null = null,
  root: string = PROC,
): Listeners | null {
  const sockets = listeningSockets(port, address, root)
  return sockets === null ? null : { sockets, holders: sockets.length === 0 ? [] : holdersOf(sockets, root) }
}

/** Whether a process still has the socket open. */
export function stillHolds({ pid, file, inode }: Holder, root: string = PROC): boolean {
  return safeLink(`${root}/${pid}/fd/${file}`) === `socket:[${inode}]`
}

function listeningSockets(port: number, address: string | null, root: string): readonly string[] | null {
  const tables = ['tcp', 'tcp6'].map((name) => readTable(`${root}/net/${name}`))
  if (tables.every((table) => table === null)) return null
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const own = address === null ? null : hexOf(address)
  return tables.flatMap((table) =>
    (table ?? []).flatMap((line): string[] => {
      // Thousands of connections, of which few are of interest.
      if (!line.includes(` ${LISTEN} `)) return []
      const fields = line.trim().split(/\s+/)
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

function readTable(path: string): readonly string[] | null {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1)
  } catch {
    return null
  }
}

function holdersOf(sockets: readonly string[], root: string): readonly Holder[] {
  const wanted = new Map(sockets.map((inode) => [`socket:[${inode}]`, inode]))
  return safeList(root)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      for (const file of safeList(`${root}/${name}/fd`)) {
        const inode = wanted.get(safeLink(`${root}/${name}/fd/${file}`))
        if (inode !== undefined) return [{ pid: Number(name), file, inode }]
      }
      return []
    })
    .toSorted((one, other) => one.pid - other.pid)
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
