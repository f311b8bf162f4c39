import { networkInterfaces } from 'node:os'
import type { RunningServer } from '../hooks/server.ts'
import type { AttachedServer } from '../report/result.ts'
import type { JsonObject } from '../units/json.ts'
import { commandOf, findListeners, stillHolds, type Holder, type Listeners } from './listener.ts'
import { parentOf, startTimeOf } from './proc.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0)$/
/** They pass requests on: what listens is not what serves. */
const FORWARDERS =
  /^(docker-proxy|docker-pr|com\.docker\.|rootlessport|rootlesskit|slirp4netns|pasta|gvproxy|vpnkit|kubectl|ssh|socat|podman)/

/** The port of an address on this machine, loopback or one of its own; `null` for any other address. */
export function localPort(url: string): number | null {
  return addressOf(url)?.port ?? null
}

/** Whether a target that says where it is, by a `url` by convention, is on this machine. */
export function isLocalTarget({ url }: JsonObject): boolean {
  return typeof url === 'string' && addressOf(url) !== null
}

export interface LocalServers {
  /** Where their process trees begin; `null` when a server is on this machine but its process is not known. */
  readonly processes: readonly number[] | null
  readonly attached: readonly AttachedServer[]
}

interface Remembered {
  readonly found: AttachedServer
  /** Of the processes that were found. */
  readonly holders: readonly Holder[]
  readonly starts: string
  /** Milliseconds; what was not found is looked for again after a while. */
  readonly at: number
}

/** Looking at all processes takes some 10 ms to 100 ms. */
const LOOK_AGAIN_MS = 30_000

/**
 * The processes behind servers that were not launched: their CPU is not foreign, and their memory is of interest. Found by
 * the ports that they listen on; what is known is kept for as long as the same processes hold the same sockets.
 */
export class LocalServerFinder {
  readonly #proc: string | undefined
  readonly #now: () => number
  readonly #known = new Map<string, Remembered>()

  /** @param proc where processes are shown */
  constructor(proc?: string, now: () => number = () => performance.now()) {
    this.#proc = proc
    this.#now = now
  }

  /**
   * @param server of the trial; those that were launched say themselves what their processes are
   * @param targets options of all targets
   */
  find(server: RunningServer | null, targets: readonly JsonObject[]): LocalServers {
    const launched = server?.process ? launchedProcesses(server) : []
    const own = server === null ? [] : Object.values(server.endpoints)
    const ownPorts = new Set(own.map(localPort))
    const attached: AttachedServer[] = []
    // One process may have a port that is not open: of an attached server, any will do.
    if (server !== null && server.process === null && (server.local || own.some(isOwnAddress)))
      attached.push(...this.#anyOf(own))
    for (const { url } of targets) {
      if (typeof url !== 'string' || (server !== null && ownPorts.has(localPort(url)))) continue
      const found = this.#at(url)
      if (found !== null && attached.every(({ port }) => port !== found.port)) attached.push(found)
    }
    const isKnown = attached.every(({ unknown }) => unknown === null)
    const pids = attached.flatMap(({ processes }) => processes.map(({ pid }) => pid))
    return { processes: isKnown ? [...new Set([...launched, ...pids])] : null, attached }
  }

  #anyOf(urls: readonly string[]): readonly AttachedServer[] {
    const all = urls.flatMap((url) => this.#at(url) ?? [])
    const known = all.filter(({ unknown }) => unknown === null)
    return known.length > 0 ? known : all.slice(0, 1)
  }

  #at(url: string): AttachedServer | null {
    const address = addressOf(url)
    if (address === null) return null
    const { port, own } = address
    const key = `${own ?? ''}:${port}`
    const known = this.#known.get(key)
    if (known !== undefined && this.#isStill(known)) return known.found
    const listeners = findListeners(port, own, this.#proc)
    const found = this.#describe(port, listeners)
    const holders = found.unknown === null ? (listeners?.holders ?? []) : []
    this.#known.set(key, { found, holders, starts: this.#startsOf(holders), at: this.#now() })
    return found
  }

  #isStill({ holders, starts, at }: Remembered): boolean {
    if (holders.length === 0) return this.#now() - at < LOOK_AGAIN_MS
    return holders.every((one) => stillHolds(one, this.#proc)) && this.#startsOf(holders) === starts
  }

  /** Numbers of processes come back; with the time of their start they do not. */
  #startsOf(holders: readonly Holder[]): string {
    return String(holders.map(({ pid }) => startTimeOf(pid, this.#proc)))
  }

  #describe(port: number, listeners: Listeners | null): AttachedServer {
    const unknown = (reason: string): AttachedServer => ({ port, processes: [], unknown: reason })
    if (listeners === null) return unknown('this system does not show who listens on a port')
    if (listeners.sockets.length === 0)
      return unknown('nothing is seen to listen there; a container may have a network of its own')
    const pids = listeners.holders.map(({ pid }) => pid)
    if (pids.length === 0) return unknown('it belongs to another user or to a container')
    // Workers that inherit the socket are in the tree of the one that opened it.
    const first = pids.filter((pid) => !pids.includes(parentOf(pid, this.#proc) ?? 0))
    const processes = first.flatMap((pid) => {
      const command = commandOf(pid, this.#proc)
      return command === null ? [] : [{ pid, command }]
    })
    const forwarder = processes.find(({ command }) => FORWARDERS.test(command))
    if (forwarder !== undefined)
      return unknown(
        `${forwarder.command} (process ${forwarder.pid}) passes its requests on to another process`,
      )
    return processes.length === 0 ? unknown('its process has ended') : { port, processes, unknown: null }
  }
}

function launchedProcesses(server: RunningServer): readonly number[] {
  return (server.replicas ?? [server]).flatMap(({ process }) => process?.pid ?? [])
}

function isOwnAddress(url: string): boolean {
  return (addressOf(url)?.own ?? null) !== null
}

interface Address {
  readonly port: number
  /** The machine's own address; `null` for loopback. */
  readonly own: string | null
}

function addressOf(text: string): Address | null {
  let url: URL
  try {
    url = new URL(text.includes('://') ? text : `http://${text}`)
  } catch {
    return null
  }
  const fallback = url.protocol === 'https:' ? 443 : 80
  const port = url.port === '' ? fallback : Number(url.port)
  if (LOOPBACK.test(url.hostname)) return { port, own: null }
  const isOwn = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address, family }) => family === 'IPv4' && address === url.hostname),
  )
  return isOwn ? { port, own: url.hostname } : null
}
