import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { Log } from '../hooks/plugin.ts'
import type { LaunchContext } from '../hooks/server.ts'
import { freePort } from './ports.ts'
import type { PluginHost } from './plugin-host.ts'
import type { LeftChanges } from './undo-journal.ts'

/**
 * Takes back what a run that was killed has changed in a server that still runs. Nothing is started: what a journal says
 * is data.
 * @returns what could not be taken back, in sentences; when there is nothing, the journal is gone
 */
export async function takeBack(
  { path, server: plan, steps }: LeftChanges,
  plugins: Pick<PluginHost, 'load' | 'hooks'>,
  options: { readonly root: string; readonly log: Log; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  try {
    await plugins.load(plan.package)
    const server = await plugins.hooks.launch
      .for(plan.kind)
      .promise({ ...plan, state: {} }, { ...options, ...refusals(plan.kind) })
    try {
      const failures = (await server?.control?.undo?.(steps)) ?? [
        `Nothing that is installed takes back changes of ${plan.kind} servers.`,
      ]
      if (failures.length === 0) rmSync(path, { force: true })
      return failures
    } finally {
      await server?.stop()
    }
  } catch (error) {
    return [messageOf(error)]
  }
}

function refusals(kind: string): Omit<LaunchContext, 'root' | 'log' | 'signal'> {
  const refuse = (): never => {
    throw new ServebenchError(
      'SERVEBENCH_UNDO',
      `The ${kind} server was started by the run itself: it has ended with it.`,
    )
  }
  return {
    artifact: refuse,
    port: () => freePort(),
    host: '127.0.0.1',
    container: null,
    spawn: refuse,
    waitUntilReady: refuse,
    modelFiles: async () => {},
    directory: tmpdir(),
  }
}
