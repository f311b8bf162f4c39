import { readFileSync } from 'node:fs'
import { MICROSECOND, type Nanos } from '../units/nanos.ts'

/** CPU time that the calling thread has used; `null` when the platform does not tell. */
export function threadCpu(): Nanos | null {
  if (typeof process.threadCpuUsage === 'function') {
    const { user, system } = process.threadCpuUsage()
    return (user + system) * MICROSECOND
  }
  if (process.platform !== 'linux') return null
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0])
  } catch {
    return null
  }
}
