import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin, RunResult } from 'servebench/plugin'
import { printable } from 'servebench/report'
import { PACKAGE } from './names.ts'

/** Used by `reporters: ['servebench-plugin-acme/reporter']`: a plugin of its own, so that it reports only where it is named. */
export const plugin: BenchPlugin = definePlugin({
  name: `${PACKAGE}/reporter`,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.report.tapPromise(PACKAGE, async (result, { write }) => {
      await write('acme.txt', render(result))
    })
  },
})

/** Reporters read the result, and nothing else. Names in it are of others: `printable` takes out what controls a terminal. */
function render({ cases }: RunResult): string {
  return cases
    .map(({ path, case: values, pooled }) => {
      const axes = Object.entries(values).map(([name, value]) => `${name}=${String(value)}`)
      const throughput = pooled?.throughput ?? null
      return `${[...path, ...axes].map(printable).join(' > ')}: ${throughput === null ? 'no throughput' : `${throughput.toFixed(1)}/s`}\n`
    })
    .join('')
}
