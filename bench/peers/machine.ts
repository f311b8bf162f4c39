import { readdirSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** USER_HZ: the unit of times in /proc on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU seconds that the whole machine has been busy (or robbed of by its hypervisor) since it started. */
export function busySeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND
}

/** CPU seconds that a process has used, all its threads together. */
export function processSeconds(pid: number): number {
  return readProcess(pid).seconds
}

/** CPU seconds of a process and all of its descendants: servers have workers. */
export function treeSeconds(root: number): number {
  const processes = new Map<number, { readonly parent: number; readonly seconds: number }>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      processes.set(Number(name), readProcess(Number(name)))
    } catch {
      // It has ended since.
    }
  }
  const belongs = (pid: number): boolean =>
    pid === root || (pid > 1 && belongs(processes.get(pid)?.parent ?? 0))
  return [...processes].reduce((sum, [pid, { seconds }]) => (belongs(pid) ? sum + seconds : sum), 0)
}

function readProcess(pid: number): { readonly parent: number; readonly seconds: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    parent: Number(fields[1]),
    seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  }
}

export function ownSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/**
 * Waits until others leave the machine alone: less than `cores` busy for half a second.
 * Resolves with whether that happened within `limitSeconds`.
 */
export async function quietWindow(cores: number, limitSeconds: number): Promise<boolean> {
  const deadline = performance.now() + limitSeconds * 1000
  while (performance.now() < deadline) {
    const busy = busySeconds() - ownSeconds()
    const begin = performance.now()
    await sleep(500)
    const share = (busySeconds() - ownSeconds() - busy) / ((performance.now() - begin) / 1000)
    if (share < cores) return true
  }
  return false
}

export function describeMachine(): string {
  const list = cpus()
  const model = list[0]?.model.trim() ?? 'unknown CPU'
  const gib = (totalmem() / 2 ** 30).toFixed(0)
  return `${model}, ${list.length} cores, ${gib} GiB, Linux ${release()}, Node ${process.versions.node}`
}
