import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import { KIND, PACKAGE } from './target.ts'

/** Provides targets of the kind `tfserving`. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    // What connects is only loaded when something does: a bench file that imports the target stays cheap.
    hooks.connect.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { connect } = await import('./connect.ts')
      return connect(target, context, root)
    })
  },
})
