import type { PlannedContainer } from '../../dsl/container.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { complaintOf } from './call-runtime.ts'

interface Failed {
  readonly container: PlannedContainer
  readonly command: string | null
}

/**
 * Why a runtime could not start a container, by its code and by what it has printed.
 * @returns `null` when the program itself may have ended with that code
 */
export function startFailure(
  code: number,
  log: string,
  { container, command }: Failed,
): ServebenchError | null {
  const { image, runtime } = container
  const complaint = complaintOf(log)
  const error = (name: `SERVEBENCH_${string}`, message: string, advice: string): ServebenchError =>
    new ServebenchError(name, message, { advice, exitCode: ExitCode.target })
  if (code !== 125) {
    if (!/executable file|no such file|permission denied|not found|exec format/i.test(complaint)) return null
    return error(
      'SERVEBENCH_SERVER_COMMAND',
      `${command === null ? 'Its program' : `'${command}'`} cannot be started in the image ${image}: ${complaint}`,
      'See that this is an image of that server, for this kind of processor.',
    )
  }
  if (
    /already allocated|already in use by|address already in use/i.test(complaint) &&
    /port|bind/i.test(complaint)
  )
    return error(
      'SERVEBENCH_PORT_IN_USE',
      `A port of the container belongs to another program: ${complaint}`,
      'End that program, or leave the choice of the port to servebench.',
    )
  return error(
    'SERVEBENCH_CONTAINER_START',
    `${runtime} could not start a container of ${image}: ${complaint}`,
    adviceFor(complaint),
  )
}

function adviceFor(complaint: string): string {
  if (/gpu|nvidia|cdi\b|device driver/i.test(complaint))
    return 'GPUs in containers need the NVIDIA Container Toolkit, set up for this runtime.'
  if (/init/i.test(complaint) && /catatonit|docker-init|container-init|tini/i.test(complaint))
    return "Install the small init program that the runtime names, or leave it out: args: ['--init=false']."
  if (/mount|no such file or directory/i.test(complaint))
    return 'All paths of `mounts` must be there, and the runtime must be allowed to see them.'
  return 'Look at the options of `container`, above all at `args`.'
}
