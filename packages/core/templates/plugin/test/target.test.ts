import { checkTarget, connectTarget, launchServer } from 'servebench/testing'
import { expect, it } from 'vitest'
import { acme, acmeServer, plugin } from '../src/index.ts'

const spec = acmeServer({ models: ['double'] })

it('keeps the contract of targets', async () => {
  await using launched = await launchServer(plugin, spec)
  const { server } = launched
  const reference = await connectTarget(plugin, acme({ model: 'double' }), { server })
  const { held } = await checkTarget(reference, {
    request: { inputs: [1, 2] },
    accept: (response) => JSON.stringify(response) === '{"model":"double","outputs":[2,4]}',
    failing: { request: { inputs: ['one'] }, failure: 'http-400' },
    stopServer: () => server.stop(),
  })
  expect(held.length).toBeGreaterThan(5)
})

it('says what does not fit before any load', async () => {
  await using launched = await launchServer(plugin, spec)
  const { server } = launched
  await expect(connectTarget(plugin, acme({ model: 'other' }), { server })).rejects.toThrow(
    /has no model 'other'/,
  )
  await expect(connectTarget(plugin, acme({ model: 'double' }))).rejects.toThrow(/has no URL/)
})
