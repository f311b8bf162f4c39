import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { readMachine, readProcesses, ticksOf, type MachineTicks } from './proc.ts'

/** Shares of the machine's CPU over a stretch of time, 0 to 1; `null` where the platform does not tell. */
export interface HostShares {
  /** Of neither the tool nor its servers. `null` when a local server's process is unknown. */
  readonly foreign: number | null
  /** Taken by the hypervisor. */
  readonly steal: number | null
  /** CPU time of the servers on this machine, ns; `null` without any, or when their processes are unknown. */
  readonly server: Nanos | null
}

const NOTHING: HostShares = { foreign: null, steal: null, server: null }
/** Linux has counted in hundredths of a second for programs on every architecture that Node runs on. */
const TICK: Nanos = 10 * MILLISECOND

interface Mark {
  readonly machine: MachineTicks
  readonly own: number
  readonly servers: number
}

/**
 * Watches who uses the machine's CPU between two instants. The tool is its whole process tree; servers are the given
 * processes with their groups and descendants.
 */
export class HostWatch {
  readonly #servers: readonly number[]
  readonly #knowsServers: boolean
  readonly #root: string | undefined
  readonly #own: number
  #from: Mark | null = null

  /**
   * @param servers process ids; `null` when a server is on this machine but its process is not known
   * @param proc where processes are shown, and which one is the tool
   */
  constructor(
    servers: readonly number[] | null,
    proc: { readonly root?: string; readonly own?: number } = {},
  ) {
    this.#servers = servers ?? []
    this.#root = proc.root
    this.#own = proc.own ?? process.pid
    this.#knowsServers = servers !== null
  }

  begin(): void {
    this.#from = this.#mark()
  }

  end(): HostShares {
    const from = this.#from
    const until = this.#mark()
    if (from === null || until === null) return NOTHING
    const total = until.machine.total - from.machine.total
    if (total <= 0) return NOTHING
    const steal = (until.machine.steal - from.machine.steal) / total
    const busy = until.machine.busy - from.machine.busy - (until.machine.steal - from.machine.steal)
    const foreign = Math.max(0, busy - (until.own - from.own)) / total
    return {
      foreign: this.#knowsServers ? foreign : null,
      steal,
      server: this.#servers.length === 0 ? null : Math.max(0, until.servers - from.servers) * TICK,
    }
  }

  #mark(): Mark | null {
    const machine = readMachine(this.#root)
    if (machine === null) return null
    const rows = readProcesses(this.#root)
    return {
      machine,
      own: ticksOf(rows, [this.#own, ...this.#servers]),
      // A server that has started the tool does not answer for it.
      servers: ticksOf(rows, this.#servers, this.#own),
    }
  }
}
