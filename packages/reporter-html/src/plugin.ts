import { API_VERSION, definePlugin } from 'servebench/plugin'
import type { BenchPlugin } from 'servebench/plugin'

/** The reporter `html`. */
export const plugin: BenchPlugin = definePlugin({
  name: '@servebench/reporter-html',
  apiVersion: API_VERSION,
  apply() {},
})
