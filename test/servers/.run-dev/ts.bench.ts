import { closed, describe, poisson, scenario } from 'servebench'
import { torchserve, torchServe } from '@servebench/plugin-torchserve'

const server = (state = {}) =>
  torchServe({
    binary: '../../../.servers/torchserve/venv/bin/torchserve',
    models: [
      { name: 'slow', handler: '../../../servers/torchserve/models/slow.py' },
      { archive: '../../../.servers/torchserve/store/echo.mar' },
    ],
    properties: { vmargs: '-Xmx512m', number_of_netty_threads: 2 },
    tokens: true,
    state,
  })

describe('torchserve', () => {
  scenario('slow', {
    matrix: { workers: [1, 2], batch: [1, 4] },
    server: ({ workers, batch }) =>
      server({ models: { slow: { workers, batchSize: batch, maxBatchDelay: '20ms' } } }),
    target: () => torchserve({ model: 'slow' }),
    input: { body: { ms: 20 } },
    load: closed({ concurrency: 4 }),
    check: (response) => (response.json() as { slept_ms: number }).slept_ms === 20,
  })
  scenario('echo', {
    server: server(),
    target: () => torchserve({ model: 'echo' }),
    input: { body: { x: [1, 2, 3] } },
    load: poisson({ rate: 50 }),
  })
})
