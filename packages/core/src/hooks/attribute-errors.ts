import type { AsyncSeriesHook } from 'tapable'
import { PluginError } from '../errors/plugin-error.ts'

type AnyHook = Pick<AsyncSeriesHook<unknown>, 'intercept' | 'name'>

/** Names the plugin in every error that a tap raises; tapable itself rethrows them bare. */
export function attributeErrors(hook: AnyHook): void {
  const hookName = hook.name ?? 'a hook'
  hook.intercept({
    register(tap) {
      const { fn, name, type } = tap
      const fail = (cause: unknown): never => {
        throw cause instanceof PluginError ? cause : new PluginError(name, hookName, cause)
      }
      tap.fn =
        type === 'promise'
          ? async (...args: unknown[]): Promise<unknown> => {
              try {
                return await fn(...args)
              } catch (cause) {
                return fail(cause)
              }
            }
          : (...args: unknown[]): unknown => {
              try {
                return fn(...args)
              } catch (cause) {
                return fail(cause)
              }
            }
      return tap
    },
  })
}
