import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CreateSampler, Gauge, Sampler } from '../../session.ts'
import { BatteryPart, findBattery } from './battery-part.ts'
import { CgroupPart, cgroupOf } from './cgroup-part.ts'
import { DiskPart } from './disk-part.ts'
import type { HostPart } from './host-part.ts'
import { LinuxMachine, PortableMachine } from './machine.ts'
import { MachinePart } from './machine-part.ts'
import { PressurePart } from './pressure-part.ts'
import { ProcessTree } from './process-tree.ts'
import { SchedulingPart } from './scheduling-part.ts'
import { ServerPart } from './server-part.ts'
import { HOST_PARTS, type HostSettings } from './settings.ts'
import { ThermalPart } from './thermal-part.ts'

export const createSampler: CreateSampler = (options, { warn }) => {
  const settings = options as unknown as HostSettings
  return new HostSampler(
    existsSync('/proc/self/stat') ? linuxParts(settings, warn) : otherParts(settings, warn),
    settings,
  )
}

class HostSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #parts: readonly HostPart[]
  #at = NaN

  constructor(parts: readonly HostPart[], { period }: HostSettings) {
    this.#parts = parts
    this.period = period
    this.gauges = parts.flatMap((part) => part.gauges)
  }

  /** Rates are the differences of counters over the true time between two readings. */
  read(into: Float64Array, now: number): void {
    const seconds = (now - this.#at) / 1e9
    this.#at = now
    let first = 0
    for (const part of this.#parts) {
      const next = first + part.gauges.length
      part.read(into.subarray(first, next), seconds)
      first = next
    }
  }
}

function linuxParts(settings: HostSettings, warn: (message: string) => void): readonly HostPart[] {
  const { network, disk, scheduling, pressure, cgroup, battery, thermal, processes } = settings
  const [server] = processes
  return [
    new MachinePart(new LinuxMachine(network), network),
    ...(disk ? [new DiskPart()] : []),
    ...(scheduling ? [new SchedulingPart()] : []),
    ...(pressure ? pressureParts(warn) : []),
    ...(battery ? batteryParts(warn) : []),
    ...(thermal ? thermalParts(warn) : []),
    ...(server === undefined ? [] : [new ServerPart(new ProcessTree(processes), scheduling)]),
    ...(cgroup && server !== undefined ? cgroupParts(server, warn) : []),
  ]
}

function otherParts(settings: HostSettings, warn: (message: string) => void): readonly HostPart[] {
  const asked = HOST_PARTS.filter((part) => settings[part])
  if (asked.length > 0) warn(`${asked.join(', ')} are known on Linux only`)
  if (settings.processes.length > 0) warn('CPU and memory of the server are known on Linux only')
  return [new MachinePart(new PortableMachine(), false)]
}

function pressureParts(warn: (message: string) => void): readonly HostPart[] {
  const files = Object.fromEntries(
    ['cpu', 'memory', 'io'].map((name) => [`host.pressure.${name}`, `/proc/pressure/${name}`]),
  )
  if (Object.values(files).every((path) => existsSync(path))) return [new PressurePart(files)]
  warn('this kernel does not tell pressure (psi=1 switches it on)')
  return []
}

function batteryParts(warn: (message: string) => void): readonly HostPart[] {
  const folder = findBattery()
  if (folder !== null) return [new BatteryPart(folder)]
  warn('this machine has no battery')
  return []
}

function thermalParts(warn: (message: string) => void): readonly HostPart[] {
  const part = new ThermalPart()
  if (part.gauges.length > 0) return [part]
  warn('this machine tells neither temperatures nor clocks: virtual machines seldom do')
  return []
}

function cgroupParts(server: number, warn: (message: string) => void): readonly HostPart[] {
  const folder = cgroupOf(server)
  if (folder === null) {
    warn('the server has no control group of version 2 that can be read')
    return []
  }
  if (folder === cgroupOf(process.pid)) warn('the server shares its control group with this tool')
  const cpu = join(folder, 'cpu.pressure')
  return [
    new CgroupPart(folder),
    ...(existsSync(cpu) ? [new PressurePart({ 'server.cgroup.pressure.cpu': cpu })] : []),
  ]
}
