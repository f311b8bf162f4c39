import { API_VERSION, definePlugin, moduleUrl, type BenchPlugin } from '../../plugin.ts'

const NAME = 'servebench/inline'

/** Targets that are functions of the bench file. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    hooks.connect.for('inline').tapPromise(NAME, async (target) => ({
      module: moduleUrl(import.meta.url, './session'),
      options: { call: target.options['call'], root },
      engine: 'inline',
      multiplexed: true,
    }))
  },
})
