import { tuningMachine } from './tuning-machine.ts'

/**
 * For `skip`, of cases and configurations that need a GPU or another accelerator: why there is none, or `false`.
 *
 * @example skip: ({ device }) => device === 'gpu' && missingGpu()
 */
export function missingGpu(root: string = '/'): string | false {
  return tuningMachine(root).gpus === 0 && 'this machine has no GPU'
}
