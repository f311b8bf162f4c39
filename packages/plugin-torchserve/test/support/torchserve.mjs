#!/usr/bin/env node
// Stands for the program torchserve: listens as its properties say, and has the archives of its store.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { FakeTorchServe } from './fake-torchserve.ts'

const valueOf = (flag) => process.argv[process.argv.indexOf(flag) + 1]
const properties = Object.fromEntries(
  readFileSync(valueOf('--ts-config'), 'utf8')
    .split('\n')
    .map((line) => [line.split('=')[0], line.split('=').slice(1).join('=')]),
)
const address = (name) => new URL(properties[`${name}_address`])
const ports = ['inference', 'management', 'metrics'].map((name) => Number(address(name).port))
const { hostname: host } = address('inference')
const fake = await FakeTorchServe.start({ models: {}, ports, host })
const store = valueOf('--model-store')
fake.onChange = (change) => {
  const [, archive] = /[?&]url=([^&]+)/.exec(change) ?? []
  if (archive !== undefined && !existsSync(join(store, decodeURIComponent(archive))))
    throw new Error(`no ${archive}`)
}
for (const name of ['grpc_inference', 'grpc_management'])
  createServer((socket) => socket.on('error', () => {})).listen(Number(properties[`${name}_port`]), host)
const logs = process.env.LOG_LOCATION
mkdirSync(logs, { recursive: true })
writeFileSync(join(logs, 'ts_log.log'), '')
// As its keys are: where it runs.
writeFileSync('key_file.json', '{}')
console.log('Torchserve version: 0.12.0')
process.on('SIGTERM', () => process.exit(0))
