import { API_VERSION, definePlugin, type BenchPlugin } from 'servebench/plugin'
import type { CreateSession } from 'servebench/session'
import { createTruthServer } from 'servebench/testing'

export const plugin: BenchPlugin = definePlugin({
  name: 'consumer',
  apiVersion: API_VERSION,
  apply({ hooks, log }) {
    hooks.trialEnd.tapPromise('consumer', async (trial) => log.info(`${trial.throughput}`))
  },
})

export type Session = CreateSession<{ readonly url: string }>
export const truth = createTruthServer
