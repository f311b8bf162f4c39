import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { renderSearchesCsv, renderTrialsCsv, renderWindowsCsv } from '../../report/render-csv.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/csv'

/** One row per trial; one file of windows (one row per second) for all trials, and one of all probes of searches. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file, windows, searches } = readReporterOptions('csv', options, {
      file: 'trials.csv',
      windows: 'windows.csv',
      searches: 'searches.csv',
    })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderTrialsCsv(result))
      if (windows !== '') await context.write(windows, renderWindowsCsv(result))
      const found = renderSearchesCsv(result)
      if (searches !== '' && found !== '') await context.write(searches, found)
    })
  },
})
