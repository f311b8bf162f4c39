import { hostname } from 'node:os'
import { CONTAINER_RUNTIMES, type ContainerRuntime } from '../../dsl/container.ts'
import { isRunning } from '../host-claim.ts'
import { callRuntime, complaintOf } from './call-runtime.ts'
import { HOST_LABEL, OWNER_LABEL } from './run-arguments.ts'

/** A container of a run that is gone. */
export interface LeftContainer {
  readonly runtime: ContainerRuntime
  readonly name: string
  readonly image: string
}

const PATIENCE = { patience: 10_000 }
const FORMAT = [
  '{{.Name}}',
  '{{.Config.Image}}',
  `{{index .Config.Labels "${OWNER_LABEL}"}}`,
  `{{index .Config.Labels "${HOST_LABEL}"}}`,
].join(' ')

/** Looks in all runtimes that answer. Containers of other machines that share one are theirs to remove. */
export async function findLeftContainers(): Promise<readonly LeftContainer[]> {
  const found: LeftContainer[] = []
  for (const runtime of CONTAINER_RUNTIMES) {
    const list = ['ps', '--all', '--quiet', '--filter', `label=${OWNER_LABEL}`]
    const ids = (await callRuntime(runtime, list, PATIENCE)).stdout.split(/\s+/).filter((id) => id !== '')
    if (ids.length === 0) continue
    // One that has gone meanwhile is an error, behind the lines of the others.
    const inspect = ['container', 'inspect', '--format', FORMAT, ...ids]
    for (const line of (await callRuntime(runtime, inspect, PATIENCE)).stdout.split('\n')) {
      const [name = '', image = '', owner = '', host] = line.trim().split(' ')
      const [, pid, started] = /^(\d{1,10})-(\d+)$/.exec(owner) ?? []
      if (pid === undefined || host !== hostname()) continue
      if (isRunning(Number(pid), started === '0' ? null : (started ?? null))) continue
      found.push({ runtime, name: name.replace(/^\//, ''), image })
    }
  }
  return found
}

/** @returns why it is still there; `null` when it is not */
export async function removeContainer({ runtime, name }: LeftContainer): Promise<string | null> {
  const { code, stderr } = await callRuntime(runtime, ['rm', '--force', '--volumes', name])
  return code === 0 ? null : complaintOf(stderr)
}
