import { ServebenchError } from './servebench-error.ts'

/**
 * A plugin threw inside a hook. `cause` is what it threw: for an error that servebench or the plugin raised on purpose,
 * its code, message, advice and detail stand; any other is told with the plugin and the hook that it comes from.
 */
export class PluginError extends ServebenchError {
  override readonly name = 'PluginError'
  readonly plugin: string
  readonly hook: string

  constructor(plugin: string, hook: string, cause: unknown) {
    const inner = cause instanceof ServebenchError ? cause : undefined
    super(
      inner?.code ?? 'SERVEBENCH_PLUGIN',
      inner?.message ?? `Plugin '${plugin}' failed in ${hook}: ${messageOf(cause)}`,
      {
        cause,
        ...(inner?.advice === undefined ? {} : { advice: inner.advice }),
        ...(inner?.detail === undefined ? {} : { detail: inner.detail }),
        ...(inner === undefined ? {} : { exitCode: inner.exitCode }),
      },
    )
    this.plugin = plugin
    this.hook = hook
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return typeof thrown === 'string' ? thrown : String(thrown)
}
