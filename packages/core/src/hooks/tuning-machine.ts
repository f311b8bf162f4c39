import { availableParallelism } from 'node:os'
import { findAccelerators } from '../report/accelerators.ts'
import { countPhysicalCores } from '../report/cpu-topology.ts'
import type { TuningMachine } from './tuning.ts'

/**
 * What rules of thumb need to know of this machine: what this process may use of it.
 * @param root of the file system
 */
export function tuningMachine(root: string = '/'): TuningMachine {
  const logicalCores = availableParallelism()
  return {
    physicalCores: Math.min(countPhysicalCores(root) ?? logicalCores, logicalCores),
    logicalCores,
    gpus: findAccelerators(root).length,
  }
}
