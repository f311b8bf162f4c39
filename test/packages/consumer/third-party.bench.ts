import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { closed, describe, scenario } from 'servebench'
import { acme, acmeSampler, acmeServer } from '@example/servebench-acme'
import { npuSampler } from 'servebench-plugin-npu'

const COUNTERS = 'npu-counters'

describe('third party', { duration: '500ms', warmup: '100ms' }, () => {
  scenario('a backend and an accelerator', {
    setup: ({ defer }) => {
      // The driver: 10 W, whatever happens.
      const started = performance.now()
      const count = (): void => {
        writeFileSync(
          `${COUNTERS}.new`,
          `${Math.round((performance.now() - started) * 10_000)} 0.5 1000000\n`,
        )
        renameSync(`${COUNTERS}.new`, COUNTERS)
      }
      count()
      const timer = setInterval(count, 5)
      defer(() => clearInterval(timer))
      return { bytes: readFileSync(COUNTERS).length }
    },
    server: acmeServer({ models: ['double'], threads: 2 }),
    target: () => acme({ model: 'double' }),
    input: { inputs: [1, 2, 3] },
    load: closed({ concurrency: 2 }),
    static: { flops: 2e6, bytes: 1000, device: 'Example NPU 1' },
    samplers: [npuSampler({ counters: COUNTERS }), acmeSampler()],
    check: ({ outputs }) => outputs.join() === '2,4,6',
  })
})
