import { existsSync } from 'node:fs'
import type { CreateSampler, Gauge, Sampler } from '../../session.ts'
import { LinuxMachine, PortableMachine, type Machine } from '../host-sampler/machine.ts'
import { MachinePart } from '../host-sampler/machine-part.ts'
import type { PowerModelSettings } from './settings.ts'

export const createSampler: CreateSampler = (options) => {
  const isLinux = existsSync('/proc/self/stat')
  const machine = isLinux ? new LinuxMachine(false) : new PortableMachine()
  return new PowerModel(machine, options as unknown as PowerModelSettings)
}

/** idle + (busy − idle) × utilization of all cores. */
export class PowerModel implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #part: MachinePart
  readonly #settings: PowerModelSettings
  readonly #host: Float64Array

  constructor(machine: Machine, settings: PowerModelSettings) {
    this.#part = new MachinePart(machine, false)
    this.#host = new Float64Array(this.#part.gauges.length)
    this.#settings = settings
    this.period = settings.period
    this.gauges = [
      estimate('estimate.cpu.power', 'cpu'),
      ...(settings.memory > 0 ? [estimate('estimate.memory.power', 'memory')] : []),
    ]
  }

  read(into: Float64Array): void {
    const { idle, busy, memory } = this.#settings
    this.#part.read(this.#host, NaN)
    into[0] = idle + (busy - idle) * (this.#host[0] as number)
    if (memory > 0) into[1] = memory
  }
}

function estimate(name: string, scope: 'cpu' | 'memory'): Gauge {
  return {
    name,
    unit: 'W',
    bounds: [0, 1e7],
    covers: 'interval',
    power: { scope, method: 'estimate' },
  }
}
