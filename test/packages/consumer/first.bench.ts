import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closed, describe, http, scenario } from 'servebench'
import { image } from 'servebench/inputs'

describe('consumer', { duration: '300ms', warmup: '100ms' }, () => {
  scenario('closed loop', {
    setup: async ({ defer }) => {
      const server = createServer((_, response) => response.end('{"ok":true}'))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      defer(() => server.close())
      return { port: (server.address() as AddressInfo).port }
    },
    target: (_, { port }) => http({ url: `http://127.0.0.1:${port}/` }),
    input: image({ size: 8, name: 'x' }),
    load: closed({ concurrency: 2 }),
    check: (response) => response.status === 200,
  })
})
