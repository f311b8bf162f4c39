import { dirname, join } from 'node:path'
import { readText } from './text-file.ts'

export interface CgroupLimits {
  /** Cores. */
  readonly cpu: number | null
  readonly memory: number | null
}

/** Version 1 writes "no limit" as the largest page-aligned 63-bit number. */
const NO_LIMIT = 2 ** 60

/** The tightest limits on the way from this process's control group to the root, of version 2 or 1. */
export function readCgroupLimits(root: string): CgroupLimits {
  let cpu = Infinity
  let memory = Infinity
  for (const line of (readText(join(root, 'proc/self/cgroup')) ?? '').split('\n')) {
    const [hierarchy, controllers = '', path = '/'] = line.split(':')
    if (hierarchy === '0' && controllers === '') {
      for (const group of ancestors(path)) {
        const folder = join(root, 'sys/fs/cgroup', group)
        cpu = Math.min(cpu, parseCpuMax(readText(join(folder, 'cpu.max'))))
        memory = Math.min(memory, parseLimit(readText(join(folder, 'memory.max'))))
      }
      continue
    }
    const names = controllers.split(',')
    for (const group of ancestors(path)) {
      if (names.includes('cpu')) {
        const folder = join(root, 'sys/fs/cgroup', 'cpu', group)
        const quota = Number(readText(join(folder, 'cpu.cfs_quota_us')) ?? -1)
        const period = Number(readText(join(folder, 'cpu.cfs_period_us')) ?? 0)
        if (quota > 0 && period > 0) cpu = Math.min(cpu, quota / period)
      }
      if (names.includes('memory')) {
        const folder = join(root, 'sys/fs/cgroup', 'memory', group)
        memory = Math.min(memory, parseLimit(readText(join(folder, 'memory.limit_in_bytes'))))
      }
    }
  }
  return { cpu: Number.isFinite(cpu) ? cpu : null, memory: memory < NO_LIMIT ? memory : null }
}

/** A group that a container does not see in its own tree is simply not found; its root then holds the limits. */
function ancestors(path: string): string[] {
  const list: string[] = []
  for (let group = path.startsWith('/') ? path : '/'; ; group = dirname(group)) {
    list.push(group)
    if (group === '/') return list
  }
}

function parseCpuMax(text: string | null): number {
  const [quota, period] = (text ?? 'max').split(/\s+/)
  return quota === 'max' || !(Number(period) > 0) ? Infinity : Number(quota) / Number(period)
}

function parseLimit(text: string | null): number {
  const value = Number(text ?? 'max')
  return value > 0 ? value : Infinity
}
