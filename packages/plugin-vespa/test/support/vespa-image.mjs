// Stands for what Vespa's image starts: a server that applications are deployed to, and the container that they get.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ports = JSON.parse(process.env.FAKE_PORTS)
const json = (response, status, value) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

createServer((request, response) => void answer(request, response)).listen(Number(ports[19_071]), '127.0.0.1')

async function answer(request, response) {
  if (request.url === '/state/v1/health') return json(response, 200, { status: { code: 'up' } })
  const parts = []
  for await (const part of request) parts.push(part)
  const folder = mkdtempSync(join(tmpdir(), 'fake-vespa-'))
  try {
    execFileSync('tar', ['-xzf', '-', '-C', folder], { input: Buffer.concat(parts) })
    const services = readFileSync(join(folder, 'services.xml'), 'utf8')
    if (services.includes('broken')) return json(response, 400, { message: 'Invalid XML in services.xml' })
    const names = readdirSync(join(folder, 'models')).map((name) => name.replace('.onnx', ''))
    serve(services, names)
    json(response, 200, { message: 'Session 2 for tenant default prepared and activated.' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function serve(services, names) {
  const pages = {
    '/state/v1/health': { status: { code: 'up' } },
    '/state/v1/version': { version: '8.700.24' },
    '/model-evaluation/v1': Object.fromEntries(names.map((name) => [name, `/${name}`])),
    '/started': { services, extra: process.env.EXTRA },
  }
  createServer((request, response) =>
    json(response, request.url in pages ? 200 : 404, pages[request.url] ?? { error: 'Not found' }),
  ).listen(Number(ports[8080]), '127.0.0.1')
}
