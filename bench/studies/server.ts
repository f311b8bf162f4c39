import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers every request at once, and prints its port. */
const server = createServer((_, response) => response.end('{}'))
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
