import type { JsonValue } from 'servebench/plugin'
import { checkServer, checkTuning, connectTuning, launchServer } from 'servebench/testing'
import { expect, it } from 'vitest'
import { acmeServer, plugin } from '../src/index.ts'

const spec = acmeServer({ models: ['double'] })

it('keeps the contract of servers', async () => {
  await using launched = await launchServer(plugin, spec)
  const { server } = launched
  const url = server.endpoints['http'] ?? ''
  const { held } = await checkServer(server, {
    model: 'double',
    request: () => fetch(`${url}/predict/double`, { method: 'POST', body: '{"inputs":[1]}' }),
    configuration: {
      state: acmeServer({ models: ['double'], threads: 3 }).state,
      observe: async () => (await (await fetch(`${url}/config`)).json()) as JsonValue,
    },
    stopServer: () => server.stop(),
  })
  expect(held.length).toBeGreaterThan(5)
})

it('is tuned as it says', async () => {
  await using launched = await launchServer(plugin, spec)
  const tunables = (await launched.server.control?.tunables?.()) ?? []
  expect((await checkTuning(await connectTuning(plugin, spec), spec, tunables)).applied).toBeGreaterThan(1)
})

it('tells all mistakes at once', () => {
  expect(() => acmeServer({ models: [], threads: 0 })).toThrow(/models: are missing.*threads: must be/s)
})
