import { cpus, freemem, totalmem } from 'node:os'
import { ProcFile } from './proc-file.ts'

/** Counters and levels of this machine, as of the last `refresh`. */
export interface Machine {
  /** CPU time of all cores since boot, in any unit: in use, and altogether. */
  readonly busy: number
  readonly total: number
  /** Bytes; NaN where they are not known. */
  readonly memoryUsed: number
  readonly memoryAvailable: number
  /** Bytes since boot: over interfaces to other machines, and over the loopback interface. */
  readonly received: number
  readonly sent: number
  readonly loopback: number
  refresh(): void
}

/** Linux: /proc/stat, /proc/meminfo, /proc/net/dev. In a container the first two tell of the whole machine. */
export class LinuxMachine implements Machine {
  readonly #file = new ProcFile()
  readonly #network: boolean
  readonly #proc: string
  busy: number = NaN
  total: number = NaN
  memoryUsed: number = NaN
  memoryAvailable: number = NaN
  received: number = NaN
  sent: number = NaN
  loopback: number = NaN

  constructor(network: boolean, proc = '/proc') {
    this.#network = network
    this.#proc = proc
  }

  refresh(): void {
    this.#readCpu()
    this.#readMemory()
    if (this.#network) this.#readNetwork()
  }

  /** Waiting for a disk is idle time; what the hypervisor took was not used here. Guests are part of `user`. */
  #readCpu(): void {
    const line = this.#file.read(`${this.#proc}/stat`)?.split('\n', 1)[0]
    const fields = line?.trim().split(/\s+/).slice(1, 9).map(Number) ?? []
    const [user = NaN, nice = NaN, system = NaN, idle = NaN, wait = 0, irq = 0, soft = 0, steal = 0] = fields
    this.busy = user + nice + system + irq + soft
    this.total = this.busy + idle + wait + steal
  }

  #readMemory(): void {
    const text = this.#file.read(`${this.#proc}/meminfo`) ?? ''
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN) * 1024
    this.memoryAvailable = bytes('MemAvailable')
    this.memoryUsed = bytes('MemTotal') - this.memoryAvailable
  }

  #readNetwork(): void {
    const text = this.#file.read(`${this.#proc}/net/dev`)
    this.received = this.sent = this.loopback = text === null ? NaN : 0
    for (const line of text?.split('\n').slice(2) ?? []) {
      const [name = '', values = ''] = line.split(':')
      const fields = values.trim().split(/\s+/).map(Number)
      if (fields.length < 9) continue
      if (name.trim() === 'lo') this.loopback += fields[0] as number
      else {
        this.received += fields[0] as number
        this.sent += fields[8] as number
      }
    }
  }
}

/** Anywhere: what Node knows. */
export class PortableMachine implements Machine {
  busy: number = NaN
  total: number = NaN
  memoryUsed: number = NaN
  memoryAvailable: number = NaN
  readonly received: number = NaN
  readonly sent: number = NaN
  readonly loopback: number = NaN

  refresh(): void {
    this.busy = 0
    this.total = 0
    for (const { times } of cpus()) {
      const busy = times.user + times.nice + times.sys + times.irq
      this.busy += busy
      this.total += busy + times.idle
    }
    this.memoryAvailable = freemem()
    this.memoryUsed = totalmem() - this.memoryAvailable
  }
}
