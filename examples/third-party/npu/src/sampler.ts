import { readFileSync } from 'node:fs'
import type { CreateSampler } from 'servebench/session'

const MICROJOULE = 1e-6
const NANOSECOND = 1e-9

interface Counters {
  /** Microjoules since the device was switched on. */
  readonly energy: number
  /** Shares. */
  readonly busy: number
  /** Bytes. */
  readonly memory: number
}

export const createSampler: CreateSampler<{ readonly counters: string; readonly index: number }> = ({
  counters,
  index,
}) => {
  const name = `npu${index}`
  // A device that is not there is said before the load.
  let before = readCounters(counters)
  let at = Number.NaN
  return {
    gauges: [
      {
        name: `${name}.power`,
        unit: 'W',
        device: name,
        bounds: [0, 75],
        covers: 'interval',
        // A part of the machine, by a counter: energy per item is made of it.
        power: { scope: 'accelerator', method: 'counter' },
      },
      { name: `${name}.utilization`, unit: '1', device: name, bounds: [0, 1] },
      { name: `${name}.memory.used`, unit: 'By', device: name, bounds: [0, 16e9] },
    ],
    period: 20e6,
    read(into, now) {
      const next = readCounters(counters)
      // The first reading has nothing to be compared with: it is a gap.
      if (now > at) into[0] = ((next.energy - before.energy) * MICROJOULE) / ((now - at) * NANOSECOND)
      into[1] = next.busy
      into[2] = next.memory
      before = next
      at = now
    },
  }
}

/** Three numbers in a line, as this driver writes them. */
function readCounters(file: string): Counters {
  const [energy = Number.NaN, busy = Number.NaN, memory = Number.NaN] = readFileSync(file, 'latin1')
    .trim()
    .split(' ')
    .map(Number)
  return { energy, busy, memory }
}
