import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Gauge } from '../../session.ts'
import { CounterRate, levelGauge, rateGauge, type HostPart } from './host-part.ts'
import { ProcFile } from './proc-file.ts'

/** The folder of a process's control group (version 2); `null` where there is none. */
export function cgroupOf(pid: number, proc = '/proc', mount = '/sys/fs/cgroup'): string | null {
  const [, path] = /^0::(\/.*)$/m.exec(new ProcFile().read(`${proc}/${pid}/cgroup`) ?? '') ?? []
  if (path === undefined) return null
  const folder = join(mount, path)
  return existsSync(join(folder, 'cpu.stat')) ? folder : null
}

/** What the server's control group uses, and how often it was held back by its CPU limit. */
export class CgroupPart implements HostPart {
  readonly gauges: readonly Gauge[] = [
    rateGauge('server.cgroup.cpu.cores', 'cores'),
    rateGauge('server.cgroup.cpu.throttled', '1', [0, 1]),
    levelGauge('server.cgroup.memory.used', 'By'),
    levelGauge('server.cgroup.memory.peak', 'By'),
  ]
  readonly #folder: string
  readonly #file = new ProcFile()
  readonly #usage = new CounterRate()
  #periods = NaN
  #throttled = NaN

  constructor(folder: string) {
    this.#folder = folder
  }

  read(into: Float64Array, seconds: number): void {
    const stat = this.#file.read(join(this.#folder, 'cpu.stat')) ?? ''
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? NaN)
    into[0] = this.#usage.next(value('usage_usec') / 1e6, seconds)
    const [periods, throttled] = [value('nr_periods'), value('nr_throttled')]
    // Without a limit no period is ever counted.
    const due = periods - this.#periods
    into[1] = due > 0 ? (throttled - this.#throttled) / due : due === 0 ? 0 : NaN
    this.#periods = periods
    this.#throttled = throttled
    into[2] = this.#bytes('memory.current')
    into[3] = this.#bytes('memory.peak')
  }

  /** The root has no such files. */
  #bytes(name: string): number {
    const text = this.#file.read(join(this.#folder, name))?.trim() ?? ''
    return text === '' ? NaN : Number(text)
  }
}
