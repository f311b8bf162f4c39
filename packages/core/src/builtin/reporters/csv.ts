import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { renderStreamsCsv, renderTrialsCsv, renderWindowsCsv } from '../../report/render-csv.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/csv'

/** One row per trial; files of streams (one row per stream) and of windows (one row per second) for all trials. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file, streams, windows } = readReporterOptions('csv', options, {
      file: 'trials.csv',
      streams: 'streams.csv',
      windows: 'windows.csv',
    })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderTrialsCsv(result))
      const rows = streams === '' ? undefined : renderStreamsCsv(result)
      if (rows !== undefined) await context.write(streams, rows)
      if (windows !== '') await context.write(windows, renderWindowsCsv(result))
    })
  },
})
