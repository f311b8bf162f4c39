import type { Gauge } from '../../session.ts'
import { CounterRate, levelGauge, rateGauge, type HostPart } from './host-part.ts'
import type { Machine } from './machine.ts'

/** CPU and memory, and the network where the machine was told to read it. */
export class MachinePart implements HostPart {
  readonly gauges: readonly Gauge[]
  readonly #machine: Machine
  readonly #network: boolean
  readonly #received = new CounterRate()
  readonly #sent = new CounterRate()
  readonly #loopback = new CounterRate()
  #busy = NaN
  #total = NaN

  constructor(machine: Machine, network: boolean) {
    this.#machine = machine
    this.#network = network
    this.gauges = [
      rateGauge('host.cpu.utilization', '1', [0, 1]),
      levelGauge('host.memory.used', 'By'),
      levelGauge('host.memory.available', 'By'),
      ...(network
        ? ['received', 'sent', 'loopback'].map((name) => rateGauge(`host.network.${name}`, 'By/s'))
        : []),
    ]
  }

  read(into: Float64Array, seconds: number): void {
    const machine = this.#machine
    machine.refresh()
    // Counters of idle time may go back by a little; and nothing may have passed since the last reading.
    const busy = (machine.busy - this.#busy) / (machine.total - this.#total)
    into[0] = Number.isFinite(busy) ? Math.min(1, Math.max(0, busy)) : NaN
    into[1] = machine.memoryUsed
    into[2] = machine.memoryAvailable
    this.#busy = machine.busy
    this.#total = machine.total
    if (!this.#network) return
    into[3] = this.#received.next(machine.received, seconds)
    into[4] = this.#sent.next(machine.sent, seconds)
    into[5] = this.#loopback.next(machine.loopback, seconds)
  }
}
