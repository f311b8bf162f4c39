import { onnxModel, plugin as models } from '@servebench/plugin-models'
import type { JsonValue } from 'servebench/plugin'
import { checkServer, launchServer } from 'servebench/testing'
import { expect, it } from 'vitest'
import { onnxServer, plugin } from '../src/index.ts'

const mlp = onnxModel({ family: 'mlp', inputs: 4, width: 8, layers: 1 })

it('keeps the contract of servers', async () => {
  const spec = onnxServer({ models: [{ name: 'm', model: mlp }] })
  await using launched = await launchServer(plugin, spec, { plugins: [models] })
  const { server } = launched
  const model = `${server.endpoints['http']}/v2/models/m`
  const { held, skipped } = await checkServer(server, {
    model: 'm',
    request: async () => {
      const inputs = [{ name: 'input', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }]
      const response = await fetch(`${model}/infer`, { method: 'POST', body: JSON.stringify({ inputs }) })
      expect(response.status).toBe(200)
    },
    configuration: {
      state: onnxServer({ models: [{ name: 'm', model: mlp, instances: 2 }] }).state,
      observe: async () => (await (await fetch(`${model}/config`)).json()) as JsonValue,
      artifact: launched.artifact,
    },
    stopServer: () => server.stop(),
  })
  // The runner restarts this server rather than undo a change that it does not know of.
  expect(skipped).toEqual(['`undo` takes announced changes back, also twice'])
  expect(held).toHaveLength(13)
}, 60_000)
