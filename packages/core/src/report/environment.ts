import { existsSync } from 'node:fs'
import { arch, availableParallelism, cpus, machine, platform, release, totalmem, version } from 'node:os'
import { join } from 'node:path'
import { findAccelerators } from './accelerators.ts'
import { readCgroupLimits } from './cgroup.ts'
import { countPhysicalCores } from './cpu-topology.ts'
import type { Environment } from './result.ts'
import { readText } from './text-file.ts'

export interface EnvironmentOptions {
  /** Where `/proc`, `/sys` and the container's marks are looked for. */
  readonly root?: string
  readonly variables?: Readonly<Record<string, string | undefined>>
}

/**
 * What the numbers of this machine depend on. Reads files only: nothing is started and nothing leaves the machine; a
 * few milliseconds. What cannot be found is `null`.
 */
export function captureEnvironment(options: EnvironmentOptions = {}): Environment {
  const root = options.root ?? '/'
  const processors = cpus()
  const limits = readCgroupLimits(root)
  return {
    os: {
      platform: platform(),
      release: release(),
      kernel: version(),
      arch: arch(),
      container: findContainer(root, options.variables ?? process.env),
    },
    cpu: {
      model: modelOf(processors[0]?.model, root),
      cores: processors.length,
      physicalCores: countPhysicalCores(root),
      mhz: readMegahertz(root) ?? (processors[0]?.speed || null),
      governor: readText(join(root, 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')),
      limit: cpuLimit(processors.length, limits.cpu),
    },
    memory: {
      total: totalmem(),
      limit: limits.memory !== null && limits.memory < totalmem() ? limits.memory : null,
    },
    accelerators: findAccelerators(root),
    node: process.version,
    servers: {},
  }
}

/** Cores that this process may use, when fewer than there are: by a quota or by its affinity. */
function cpuLimit(cores: number, quota: number | null): number | null {
  const limit = Math.min(quota ?? Infinity, availableParallelism())
  return limit < cores ? limit : null
}

/** Node finds no model on most ARM machines; the device tree then names the board. */
function modelOf(model: string | undefined, root: string): string {
  const name = model?.trim()
  if (name && name !== 'unknown') return name.replace(/\s+/g, ' ')
  return readText(join(root, 'proc/device-tree/model'))?.replaceAll('\0', '') || machine()
}

function readMegahertz(root: string): number | null {
  const kilohertz = Number(readText(join(root, 'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq')))
  return kilohertz > 0 ? kilohertz / 1000 : null
}

function findContainer(root: string, variables: Readonly<Record<string, string | undefined>>): string | null {
  if (variables['KUBERNETES_SERVICE_HOST']) return 'kubernetes'
  if (existsSync(join(root, '.dockerenv'))) return 'docker'
  if (existsSync(join(root, 'run/.containerenv'))) return 'podman'
  const named = variables['container'] ?? readText(join(root, 'run/systemd/container'))
  if (named) return named
  const match = /\b(docker|kubepods|libpod|lxc|containerd)\b/.exec(
    readText(join(root, 'proc/1/cgroup')) ?? '',
  )
  if (match)
    return match[1] === 'kubepods' ? 'kubernetes' : match[1] === 'libpod' ? 'podman' : (match[1] as string)
  return /microsoft/i.test(readText(join(root, 'proc/version')) ?? '') ? 'wsl' : null
}
