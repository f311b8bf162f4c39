import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')

/**
 * Installs a server by `servers/NAME/install.sh`, which does nothing when it is there.
 * @returns the folder that it is in
 */
export function install(name: string, ...args: readonly string[]): string {
  const script = join(ROOT, 'servers', name, 'install.sh')
  const { status, error, stdout, stderr } = spawnSync(script, args, { encoding: 'utf8', timeout: 880_000 })
  if (status === 0) return join(ROOT, '.servers', name)
  throw new Error(`${script} failed (${error?.message ?? `exit ${status}`}):\n${stdout}${stderr}`)
}

export function serverFiles(name: string): string {
  return join(ROOT, 'servers', name)
}
