import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from './text-file.ts'

/** Physical cores by their sets of sibling threads; `null` where the system does not tell. */
export function countPhysicalCores(root: string): number | null {
  const folder = join(root, 'sys/devices/system/cpu')
  const cores = new Set<string>()
  try {
    for (const name of readdirSync(folder)) {
      if (!/^cpu\d+$/.test(name)) continue
      const topology = join(folder, name, 'topology')
      // The second name is the one before Linux 5.3. Neither is there for a processor that is switched off.
      const siblings =
        readText(join(topology, 'core_cpus_list')) ?? readText(join(topology, 'thread_siblings_list'))
      if (siblings !== null) cores.add(siblings)
    }
  } catch {
    return null
  }
  return cores.size === 0 ? null : cores.size
}
