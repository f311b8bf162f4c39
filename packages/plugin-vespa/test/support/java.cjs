// Stands for `java` where there is none: tells its modules, "compiles", and "runs" a container whose answers show what
// it was started with.
const { readFileSync, readdirSync } = require('node:fs')
const { createServer } = require('node:http')
const { join } = require('node:path')

const args = process.argv.slice(2)
if (args.includes('--list-modules')) {
  const [version, compiler] = (process.env.FAKE_JAVA ?? '17.0.15 jdk.compiler').split(' ')
  console.log(`java.base@${version}${compiler === undefined ? '' : `\n${compiler}@${version}`}`)
} else if (args.includes('-m')) {
  if (args.join(' ').includes('incompatible')) {
    console.error('VespaContainer.java:1: error: package com.yahoo.application does not exist')
    process.exitCode = 1
  }
} else if (process.env.FAKE_JAVA_CRASH !== undefined) {
  console.error('Exception in thread "main" java.lang.RuntimeException: ' + process.env.FAKE_JAVA_CRASH)
  process.exitCode = 1
} else {
  const [folder, port] = args.slice(-2)
  const services = readFileSync(join(folder, 'services.xml'), 'utf8')
  const models = services.includes('<model-evaluation')
    ? readdirSync(join(folder, 'models')).map((name) => name.replace('.onnx', ''))
    : []
  const pages = {
    '/state/v1/health': { status: { code: 'up' } },
    '/state/v1/version': { version: '8.700.24' },
    '/model-evaluation/v1': Object.fromEntries(
      models.map((name) => [name, `http://127.0.0.1:${port}/${name}`]),
    ),
    '/started': {
      args,
      services,
      home: process.env.VESPA_HOME,
      cwd: process.cwd(),
      extra: process.env.EXTRA,
    },
  }
  createServer((request, response) => {
    const page = pages[request.url]
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(page ?? { error: 'Not found' }))
  }).listen(Number(port), '127.0.0.1')
}
