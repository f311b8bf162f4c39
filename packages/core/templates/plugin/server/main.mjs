// Stands for the server that this plugin is about: replace it by your own, or start an installed one in src/launch.ts.
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8000' },
    models: { type: 'string', default: 'double' },
    workers: { type: 'string', default: '1' },
    threads: { type: 'string', default: '1' },
  },
})
const models = values.models.split(',')
let threads = Number(values.threads)
let busy = 0n
const statistics = Object.fromEntries(models.map((name) => [name, { answered: 0, failed: 0, nanos: 0 }]))

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.once('end', () => {
    const [status, answer] = answerTo(request.method, request.url, Buffer.concat(chunks).toString())
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
})
server.listen(Number(values.port), values.host)
process.once('SIGTERM', () => process.exit(0))

function answerTo(method, url, body) {
  if (url === '/health') return [200, 'ok']
  if (url === '/') return [200, { version: '1.0', models }]
  if (url === '/models') return [200, models]
  if (url === '/statistics') return [200, statistics]
  if (url === '/busy') return [200, Number(busy)]
  if (url === '/config' && method === 'PUT') threads = JSON.parse(body).threads
  if (url === '/config') return [200, { threads }]
  const [, model] = /^\/predict\/(\w+)$/.exec(url) ?? []
  return models.includes(model) ? predict(model, body) : [404, { error: `There is no '${url}'.` }]
}

function predict(model, body) {
  const started = process.hrtime.bigint()
  const count = statistics[model]
  try {
    const { inputs } = JSON.parse(body)
    if (!inputs.every(Number.isFinite)) throw new Error('Inputs must be numbers.')
    const outputs = inputs.map((input) => 2 * input)
    const nanos = process.hrtime.bigint() - started
    busy += nanos
    count.answered += 1
    count.nanos += Number(nanos)
    return [200, { model, outputs }]
  } catch (error) {
    count.failed += 1
    return [400, { error: error.message }]
  }
}
