/**
 * A closed loop of unary calls with @grpc/grpc-js: one channel, bytes in and out.
 *
 *   node grpc-js.ts HOST:PORT CONCURRENCY SECONDS MESSAGE_FILE
 */
import { readFileSync } from 'node:fs'
import { Client, credentials } from '@grpc/grpc-js'

const [authority = '', concurrency = '1', seconds = '5', file = ''] = process.argv.slice(2)
const message = readFileSync(file)
const client = new Client(authority, credentials.createInsecure())
const same = (bytes: Buffer) => bytes
const times: number[] = []
const begin = performance.now()
const end = begin + Number(seconds) * 1000
let errors = 0
let running = Number(concurrency)

function call(): void {
  const start = performance.now()
  if (start >= end) return finish()
  client.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', same, same, message, (error) => {
    if (error) errors += 1
    else times.push(performance.now() - start)
    call()
  })
}

function finish(): void {
  running -= 1
  if (running > 0) return
  const elapsed = (performance.now() - begin) / 1000
  const sorted = Float64Array.from(times).toSorted()
  const at = (p: number) => (sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0) * 1e6
  const report = {
    throughput: times.length / elapsed,
    count: times.length,
    errors,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
  }
  console.log(JSON.stringify(report))
  client.close()
}

for (let user = 0; user < Number(concurrency); user++) call()
