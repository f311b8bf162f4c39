/** The same closed loop on `@grpc/grpc-js`, with messages that are bytes already: ADDRESS STREAMS BYTES SECONDS. */
import { Client, Metadata, credentials } from '@grpc/grpc-js'
import { METHOD, Stopwatch, message, readJob } from './grpc-sample.ts'

const { address, streams, bytes, seconds } = readJob()
const client = new Client(address, credentials.createInsecure())
const body = message(bytes)
const metadata = new Metadata()
const watch = new Stopwatch()
const same = (buffer: Buffer): Buffer => buffer

function call(): void {
  const since = performance.now()
  client.makeUnaryRequest(METHOD, same, same, body, metadata, (error) => {
    if (error !== null) throw error
    watch.completed(since)
    if (!watch.stopped) call()
  })
}

await new Promise<void>((resolve, reject) => {
  client.waitForReady(Date.now() + 5000, (error) => (error === undefined ? resolve() : reject(error)))
})
for (let index = 0; index < streams; index++) call()
console.log(JSON.stringify(await watch.measure(seconds)))
process.exit(0)
