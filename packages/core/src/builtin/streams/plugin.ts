import { API_VERSION, definePlugin, type BenchPlugin } from '../../plugin.ts'

const NAME = 'servebench/streams'

/** Compares the streams of a trial with each other, around changes of their parts, and with themselves alone. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.analyse.tapPromise(NAME, async (tables, { result }) => {
      const { analyseStreams } = await import('./analyses.ts')
      tables.push(...analyseStreams(result))
    })
  },
})
