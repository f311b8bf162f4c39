import { API_VERSION, definePlugin, type BenchPlugin } from '../../plugin.ts'

const NAME = 'servebench/analyses'

/** Tables that every result has where they apply: `versus`, reliability against load, the formulas of articles. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply(bench) {
    bench.hooks.analyse.tapPromise(NAME, async (tables, { result }) => {
      // Imported when all is measured: nothing of it is needed before.
      const { analyseCases } = await import('../../report/analyses/analyse-cases.ts')
      tables.push(...analyseCases(result, bench.config.comparison))
    })
  },
})
