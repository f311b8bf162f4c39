import { VERSION } from '../../version.ts'
import type { Environment } from '../result.ts'

/** What of a machine makes its measurements comparable, by name: others than these are measured again. */
export function environmentKey({
  os,
  cpu,
  memory,
  accelerators,
}: Environment): Readonly<Record<string, string>> {
  return {
    servebench: VERSION,
    'the processor': cpu.model,
    cores: String(cpu.limit ?? cpu.cores),
    'the governor': cpu.governor ?? 'unknown',
    'memory of': String(memory.limit ?? memory.total),
    accelerators: accelerators.map(({ name, driver }) => `${name} (${driver})`).join(', ') || 'none',
    'the kernel': os.kernel,
  }
}
