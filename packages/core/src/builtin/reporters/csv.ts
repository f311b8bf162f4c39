import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import {
  renderSearchesCsv,
  renderStudiesCsv,
  renderStepsCsv,
  renderStreamsCsv,
  renderTrialsCsv,
  renderWindowsCsv,
} from '../../report/render-csv.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/csv'

/** One row per trial; files of streams, of steps of pipelines, of windows (one row per second) and of probes of searches for all trials. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file, streams, steps, windows, searches, inference, gpu } = readReporterOptions('csv', options, {
      file: 'trials.csv',
      streams: 'streams.csv',
      steps: 'steps.csv',
      windows: 'windows.csv',
      searches: 'searches.csv',
      inference: 'metrics-model-inference.csv',
      gpu: 'metrics-model-gpu.csv',
    })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderTrialsCsv(result))
      const rows = streams === '' ? undefined : renderStreamsCsv(result)
      if (rows !== undefined) await context.write(streams, rows)
      const chains = steps === '' ? undefined : renderStepsCsv(result)
      if (chains !== undefined) await context.write(steps, chains)
      if (windows !== '') await context.write(windows, renderWindowsCsv(result))
      const found = renderSearchesCsv(result)
      if (searches !== '' && found !== '') await context.write(searches, found)
      for (const [name, of] of [
        [inference, 'inference'],
        [gpu, 'gpu'],
      ] as const) {
        const studied = name === '' ? undefined : renderStudiesCsv(result, of)
        if (studied !== undefined) await context.write(name, studied)
      }
    })
  },
})
