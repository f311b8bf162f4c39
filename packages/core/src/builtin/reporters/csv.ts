import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { renderTrialsCsv, renderWindowsCsv } from '../../report/render-csv.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/csv'

/** One row per trial, and one file of windows (one row per second) for all trials. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file, windows } = readReporterOptions('csv', options, {
      file: 'trials.csv',
      windows: 'windows.csv',
    })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderTrialsCsv(result))
      if (windows !== '') await context.write(windows, renderWindowsCsv(result))
    })
  },
})
