import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { renderConsole } from '../../report/render-console.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/console'

/** The tables at the end of a run, for people. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { details } = readReporterOptions('console', options, { details: false })
    hooks.report.tapPromise(NAME, async (result, context) => {
      const { colors, columns, directory } = context
      context.print(renderConsole(result, { colors, columns, details, directory }))
    })
  },
})
