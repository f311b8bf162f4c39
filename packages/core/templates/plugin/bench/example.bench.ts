import { closed, describe, scenario } from 'servebench'
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
