import { existsSync } from 'node:fs'
import type { CreateSampler, Gauge, Sampler } from '../../session.ts'
import { LinuxMachine, PortableMachine, type Machine } from './machine.ts'
import { ProcessTree, TICK_SECONDS } from './process-tree.ts'
import type { HostSettings } from './settings.ts'

/** What the machine tells in any case; the rest follows it. */
const HOST: readonly Gauge[] = [
  { name: 'host.cpu.utilization', unit: '1', bounds: [0, 1], covers: 'interval' },
  { name: 'host.memory.used', unit: 'By', bounds: [0, Infinity] },
  { name: 'host.memory.available', unit: 'By', bounds: [0, Infinity] },
]
const NETWORK: readonly Gauge[] = ['received', 'sent', 'loopback'].map((name) => ({
  name: `host.network.${name}`,
  unit: 'By/s',
  bounds: [0, Infinity],
  covers: 'interval',
}))
const SERVER: readonly Gauge[] = [
  { name: 'server.cpu.cores', unit: 'cores', bounds: [0, Infinity], covers: 'interval' },
  { name: 'server.memory.rss', unit: 'By', bounds: [0, Infinity] },
]

export const createSampler: CreateSampler = (options, { warn }) => {
  const settings = options as unknown as HostSettings
  const isLinux = existsSync('/proc/self/stat')
  if (!isLinux) {
    if (settings.network) warn('network traffic is known on Linux only')
    if (settings.processes.length > 0) warn('CPU and memory of the server are known on Linux only')
  }
  return new HostSampler(settings, isLinux)
}

/** Rates are the differences of counters over the true time between two readings. */
class HostSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #machine: Machine
  readonly #tree: ProcessTree | null
  readonly #network: boolean
  #at = NaN
  #busy = NaN
  #total = NaN
  #received = NaN
  #sent = NaN
  #loopback = NaN
  #ticks = NaN

  constructor({ period, network, processes }: HostSettings, isLinux: boolean) {
    this.period = period
    this.#network = network && isLinux
    this.#machine = isLinux ? new LinuxMachine(this.#network) : new PortableMachine()
    this.#tree = isLinux && processes.length > 0 ? new ProcessTree(processes) : null
    this.gauges = [...HOST, ...(this.#network ? NETWORK : []), ...(this.#tree === null ? [] : SERVER)]
  }

  read(into: Float64Array, now: number): void {
    const seconds = (now - this.#at) / 1e9
    this.#at = now
    this.#readMachine(into)
    if (this.#network) this.#readNetwork(into, seconds)
    if (this.#tree !== null) this.#readTree(this.#tree, into, seconds)
  }

  #readMachine(into: Float64Array): void {
    const machine = this.#machine
    machine.refresh()
    // Counters of idle time may go back by a little; and nothing may have passed since the last reading.
    const busy = (machine.busy - this.#busy) / (machine.total - this.#total)
    into[0] = Number.isFinite(busy) ? Math.min(1, Math.max(0, busy)) : NaN
    into[1] = machine.memoryUsed
    into[2] = machine.memoryAvailable
    this.#busy = machine.busy
    this.#total = machine.total
  }

  #readNetwork(into: Float64Array, seconds: number): void {
    const { received, sent, loopback } = this.#machine
    const first = HOST.length
    into[first] = rate(received - this.#received, seconds)
    into[first + 1] = rate(sent - this.#sent, seconds)
    into[first + 2] = rate(loopback - this.#loopback, seconds)
    this.#received = received
    this.#sent = sent
    this.#loopback = loopback
  }

  #readTree(tree: ProcessTree, into: Float64Array, seconds: number): void {
    const first = this.gauges.length - SERVER.length
    tree.refresh()
    const isRunning = tree.count > 0
    into[first] = isRunning ? rate((tree.ticks - this.#ticks) * TICK_SECONDS, seconds) : NaN
    into[first + 1] = isRunning ? tree.rss : NaN
    this.#ticks = isRunning ? tree.ticks : NaN
  }
}

/** A counter that went back, such as that of a removed interface or a process that nobody awaited, tells of no use. */
function rate(difference: number, seconds: number): number {
  return seconds > 0 ? Math.max(0, difference) / seconds : NaN
}
