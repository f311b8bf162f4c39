import { dirname, join } from 'node:path'
import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { controlFile, drawControl } from '../../report/control-picture.ts'
import { renderMarkdown } from '../../report/render-markdown.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/markdown'

/** A report for a pull request or a wiki. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file } = readReporterOptions('markdown', options, { file: 'report.md' })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderMarkdown(result))
      for (const trial of result.trials) {
        const picture = controlFile(trial)
        if (picture !== null && trial.control !== undefined)
          await context.write(join(dirname(file), picture), drawControl(trial.control))
      }
    })
  },
})
