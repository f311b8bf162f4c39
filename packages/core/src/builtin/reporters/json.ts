import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/json'

/** The whole result as JSON: on the standard output, or in `file`. (`result.json` is always in the run's folder.) */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file, pretty } = readReporterOptions('json', options, { file: '-', pretty: false })
    hooks.report.tapPromise(NAME, async (result, context) => {
      const body = `${JSON.stringify(result, null, pretty ? 2 : 0)}\n`
      if (file === '-') context.print(body)
      else await context.write(file, body)
    })
  },
})
