import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'
import { readReporterOptions } from 'servebench/report'
import { loadAssets } from './page/document.ts'
import { renderHistory, renderReport } from './page/render.ts'

const NAME = '@servebench/reporter-html'

/** The reporter `html`: one file per run, one for several runs, one over all runs of a folder. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file, comparison, index } = readReporterOptions('html', options, {
      file: 'report.html',
      comparison: 'comparison.html',
      index: 'index.html',
    })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderReport([result], await loadAssets()))
    })
    hooks.reportRuns.tapPromise(NAME, async (runs, context) => {
      const results = runs.map(({ result }) => result)
      const path = await context.write(comparison, renderReport(results, await loadAssets()))
      context.log.info(`${runs.length} runs side by side: ${path}`)
    })
    hooks.reportHistory.tapPromise(NAME, async (history, context) => {
      const path = await context.write(index, renderHistory(history, await loadAssets()))
      context.log.info(`${history.runs.length} runs: ${path}`)
    })
  },
})
