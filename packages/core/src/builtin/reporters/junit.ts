import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { renderJunit } from '../../report/render-junit.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/junit'

/** Cases as tests, for continuous integration: SLOs that fail are failures, trials that broke are errors. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { file } = readReporterOptions('junit', options, { file: 'junit.xml' })
    hooks.report.tapPromise(NAME, async (result, context) => {
      await context.write(file, renderJunit(result))
    })
  },
})
