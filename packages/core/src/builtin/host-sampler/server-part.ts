import type { Gauge } from '../../session.ts'
import { levelGauge, rateGauge, type HostPart } from './host-part.ts'
import { TICK_SECONDS, type ProcessTree } from './process-tree.ts'
import { ThreadSwitches } from './thread-switches.ts'

/** The measured server with its descendants: CPU and memory, and what its threads do where that was asked for. */
export class ServerPart implements HostPart {
  readonly gauges: readonly Gauge[]
  readonly #tree: ProcessTree
  readonly #switches: ThreadSwitches | null
  #ticks = NaN

  constructor(tree: ProcessTree, scheduling: boolean, proc?: string) {
    this.#tree = tree
    this.#switches = scheduling ? new ThreadSwitches(proc) : null
    this.gauges = [
      rateGauge('server.cpu.cores', 'cores'),
      levelGauge('server.memory.rss', 'By'),
      ...(scheduling
        ? [
            levelGauge('server.threads', 'threads'),
            rateGauge('server.contextSwitches.voluntary', '1/s'),
            rateGauge('server.contextSwitches.involuntary', '1/s'),
          ]
        : []),
    ]
  }

  read(into: Float64Array, seconds: number): void {
    const tree = this.#tree
    tree.refresh()
    if (tree.count === 0) {
      this.#ticks = NaN
      return
    }
    // Time of processes that nobody awaited is lost, and the total goes back.
    const used = Math.max(0, tree.ticks - this.#ticks) * TICK_SECONDS
    into[0] = seconds > 0 ? used / seconds : NaN
    into[1] = tree.rss
    this.#ticks = tree.ticks
    const switches = this.#switches
    if (switches === null) return
    switches.refresh(tree.pids)
    into[2] = switches.threads
    into[3] = seconds > 0 ? switches.voluntary / seconds : NaN
    into[4] = seconds > 0 ? switches.involuntary / seconds : NaN
  }
}
