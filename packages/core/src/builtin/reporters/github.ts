import { appendFile, stat } from 'node:fs/promises'
import { API_VERSION, definePlugin } from '../../plugin.ts'
import type { BenchPlugin } from '../../plugin.ts'
import { renderAnnotations } from '../../report/render-annotations.ts'
import { renderMarkdown } from '../../report/render-markdown.ts'
import { readReporterOptions } from '../../report/reporter-options.ts'

const NAME = 'servebench/github'

/** GitHub drops the summary of a step that is larger. */
const LARGEST_SUMMARY = 1024 * 1024

/** Annotations on the standard output, and the report in the job's summary. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const { summary } = readReporterOptions('github', options, { summary: true })
    hooks.report.tapPromise(NAME, async (result, context) => {
      const annotations = renderAnnotations(result)
      if (annotations !== '') context.print(annotations)
      const file = process.env['GITHUB_STEP_SUMMARY']
      if (!summary || !file) return
      const body = renderMarkdown(result)
      if ((await sizeOf(file)) + Buffer.byteLength(body) > LARGEST_SUMMARY) {
        context.log.warn(
          'The report is too large for the summary of a GitHub job; it is in the results folder.',
        )
        return
      }
      await appendFile(file, `${body}\n`)
    })
  },
})

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}
