import { checkSampler, connectSampler, launchServer } from 'servebench/testing'
import { expect, it } from 'vitest'
import { acmeSampler, acmeServer, plugin } from '../src/index.ts'

it('keeps the contract of samplers', async () => {
  await using launched = await launchServer(plugin, acmeServer({ models: ['double'] }))
  const { server } = launched
  const { held } = await checkSampler(await connectSampler(plugin, acmeSampler(), { server }), {
    accept: ([, second]) => second?.['acme.busy'] === 0,
    absent: await connectSampler(plugin, acmeSampler({ url: 'http://127.0.0.1:1' })),
    lose: () => server.stop(),
  })
  expect(held.length).toBeGreaterThan(5)
})
