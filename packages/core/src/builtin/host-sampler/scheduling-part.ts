import type { Gauge } from '../../session.ts'
import { CounterRate, levelGauge, rateGauge, type HostPart } from './host-part.ts'
import { ProcFile } from './proc-file.ts'

/** What the scheduler has to do: switches, and threads that could run. */
export class SchedulingPart implements HostPart {
  readonly gauges: readonly Gauge[] = [
    rateGauge('host.contextSwitches', '1/s'),
    levelGauge('host.threads.runnable', 'threads'),
  ]
  readonly #path: string
  readonly #file = new ProcFile()
  readonly #switches = new CounterRate()

  constructor(proc = '/proc') {
    this.#path = `${proc}/stat`
  }

  read(into: Float64Array, seconds: number): void {
    const text = this.#file.read(this.#path) ?? ''
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN)
    into[0] = this.#switches.next(value('ctxt'), seconds)
    into[1] = value('procs_running')
  }
}
