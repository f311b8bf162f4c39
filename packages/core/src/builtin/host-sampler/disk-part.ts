import { existsSync } from 'node:fs'
import type { Gauge } from '../../session.ts'
import { CounterRate, rateGauge, type HostPart } from './host-part.ts'
import { ProcFile } from './proc-file.ts'

/** The kernel's unit for disks, whatever the size of their own sectors. */
const SECTOR_BYTES = 512
/** Made of other disks, or of memory: they would count twice, or not be disks. */
const VIRTUAL = /^(loop|ram|zram|dm-|md|sr|fd)\d/

/** Bytes to and from disks, and the share of the time in which the busiest one had something to do. */
export class DiskPart implements HostPart {
  readonly gauges: readonly Gauge[] = [
    rateGauge('host.disk.read', 'By/s'),
    rateGauge('host.disk.written', 'By/s'),
    rateGauge('host.disk.busy', '1', [0, 1]),
  ]
  readonly #proc: string
  readonly #sys: string
  readonly #file = new ProcFile()
  readonly #read = new CounterRate()
  readonly #written = new CounterRate()
  readonly #busy = new Map<string, CounterRate>()
  readonly #whole = new Map<string, boolean>()

  constructor(proc = '/proc', sys = '/sys') {
    this.#proc = proc
    this.#sys = sys
  }

  read(into: Float64Array, seconds: number): void {
    const text = this.#file.read(`${this.#proc}/diskstats`)
    let read = text === null ? NaN : 0
    let written = read
    let busiest = NaN
    for (const line of text?.split('\n') ?? []) {
      const fields = line.trim().split(/\s+/)
      const name = fields[2]
      if (name === undefined || !this.#isDisk(name)) continue
      read += Number(fields[5])
      written += Number(fields[9])
      const busy = this.#rateOf(name).next(Number(fields[12]) / 1000, seconds)
      if (!(busiest >= busy) && !Number.isNaN(busy)) busiest = Math.min(1, busy)
    }
    into[0] = this.#read.next(read * SECTOR_BYTES, seconds)
    into[1] = this.#written.next(written * SECTOR_BYTES, seconds)
    into[2] = busiest
  }

  /** Partitions have no folder of their own there. */
  #isDisk(name: string): boolean {
    let isWhole = this.#whole.get(name)
    if (isWhole === undefined) {
      isWhole = !VIRTUAL.test(name) && existsSync(`${this.#sys}/block/${name}`)
      this.#whole.set(name, isWhole)
    }
    return isWhole
  }

  #rateOf(name: string): CounterRate {
    const known = this.#busy.get(name) ?? new CounterRate()
    this.#busy.set(name, known)
    return known
  }
}
