/** What `servebench init` writes. The bench file is a test of its own: it is collected in the test suite. */
export const BENCH_FILE = `import { closed, constantRate, describe, http, scenario } from 'servebench'

const url = process.env.MODEL_URL ?? 'http://127.0.0.1:8000/v1/predict'

describe('my model', { warmup: '2s', duration: '10s' }, () => {
  // How fast is it when one request waits for the other?
  scenario('closed loop', {
    matrix: { users: [1, 8, 32] },
    target: () => http({ url }),
    input: { body: { inputs: [1, 2, 3] } },
    load: ({ users }) => closed({ concurrency: users }),
    check: (response) => response.status === 200,
  })

  // How long do requests take that arrive whether or not the server is ready? This is what users feel.
  scenario('100 requests per second', {
    target: () => http({ url }),
    input: { body: { inputs: [1, 2, 3] } },
    load: constantRate({ rate: 100 }),
    slo: { p99: '100ms', errorRate: 0.001 },
  })
})
`

export const CONFIG_FILE = `import { defineConfig } from 'servebench'

export default defineConfig({
  include: ['bench/**/*.bench.ts'],
  repeats: 3,
  reporters: ['console'],
})
`

export const WORKFLOW_FILE = `name: servebench
on: [pull_request]
jobs:
  bench:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: npm ci
      # Start your model server here, or let a scenario launch it with \`server\`.
      - run: npx servebench --reporter console --reporter github --reporter junit
        env:
          MODEL_URL: http://127.0.0.1:8000/v1/predict
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: servebench-results
          path: servebench-results
`
