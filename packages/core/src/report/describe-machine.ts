import { formatBytes } from '../units/bytes.ts'
import { printable } from './printable.ts'
import type { Environment } from './result.ts'

/** `Example CPU @ 2.40GHz · 8 cores · 16.0 GiB · 2 × Example GPU · linux x64`: a machine by what it is, not by its name. */
export function describeMachine({ os, cpu, memory, accelerators }: Environment): string {
  const cores = cpu.limit ?? cpu.cores
  const devices = Map.groupBy(accelerators, ({ name }) => name)
  return [
    cpu.model,
    `${cores} ${cores === 1 ? 'core' : 'cores'}`,
    formatBytes(memory.limit ?? memory.total),
    ...[...devices].map(([name, { length }]) => (length === 1 ? name : `${length} × ${name}`)),
    `${os.platform} ${os.arch}`,
  ]
    .map(printable)
    .join(' · ')
}
