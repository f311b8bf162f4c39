import { closed, describe, http, scenario } from 'servebench'

const { BENCH_URL = '' } = process.env

describe('start cost', { repeats: 1, warmup: '0s' }, () => {
  scenario('one request', {
    target: () => http({ url: BENCH_URL, method: 'POST', body: '{}' }),
    load: () => closed({ concurrency: 1, requests: 1 }),
  })
})
