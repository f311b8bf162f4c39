import { ServebenchError } from '../errors/servebench-error.ts'
import { createHooks, type RunnerHooks } from '../hooks/hooks.ts'
import type { BenchPlugin, Log } from '../hooks/plugin.ts'
import type { JsonObject } from '../units/json.ts'

export const SILENT: Log = { info: () => {}, warn: () => {} }

/**
 * Hooks that plugins have tapped, as in a run that has no configuration.
 * @param options those that a configuration would give each of them
 */
export async function applyPlugins(
  plugins: readonly BenchPlugin[],
  root: string,
  options: JsonObject = {},
): Promise<RunnerHooks> {
  const hooks = createHooks()
  for (const plugin of plugins) {
    await plugin.apply({
      hooks,
      root,
      log: SILENT,
      options,
      get config(): never {
        throw new ServebenchError(
          'SERVEBENCH_CONFIG_EARLY',
          'There is no configuration in a test of a plugin.',
        )
      },
    })
  }
  return hooks
}
