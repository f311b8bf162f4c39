#!/usr/bin/env node
// Stands for the program tritonserver: takes its flags, and has the models of its repositories, none of them loaded.
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { FakeTriton } from './fake-triton.ts'

const flags = process.argv.slice(2).map((flag) => /^--([^=]+)=(.*)$/.exec(flag) ?? [])
const valuesOf = (wanted) => flags.flatMap(([, name, value]) => (name === wanted ? [value] : []))
const models = {}
for (const repository of valuesOf('model-repository'))
  for (const name of readdirSync(repository)) {
    const file = join(repository, name, '1', 'model.onnx')
    if (!existsSync(file)) throw new Error(`There is no ${file}.`)
    models[name] = { backend: 'onnxruntime', max_batch_size: 8 }
  }
const [port] = valuesOf('http-port')
const [host] = valuesOf('http-address')
await FakeTriton.start({ models, loaded: [], port: Number(port), host })
createServer((_request, response) => response.end('')).listen(Number(valuesOf('metrics-port')[0]), host)
console.log('started')
process.on('SIGTERM', () => process.exit(0))
