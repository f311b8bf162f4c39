import { closed, describe, scenario, study } from 'servebench'
import { acme, acmeSampler, acmeServer } from '../src/index.ts'

describe('acme', { warmup: '1s', duration: '5s' }, () => {
  scenario('threads', {
    matrix: { threads: [1, 2] },
    server: ({ threads }) => acmeServer({ models: ['double'], threads }),
    target: () => acme({ model: 'double' }),
    input: { inputs: [1, 2, 3] },
    load: closed({ concurrency: 4 }),
    samplers: [acmeSampler()],
    check: ({ outputs }) => outputs[2] === 6,
  })
})

// For `npx servebench tune`: settings by the paths of src/tuning.ts.
study('acme tuned', {
  server: acmeServer({ models: ['double'] }),
  target: () => acme({ model: 'double' }),
  input: { inputs: [1, 2, 3] },
  settings: { workers: [1, 2], threads: [1, 2] },
  load: closed({ concurrency: 4 }),
  duration: '2s',
})
