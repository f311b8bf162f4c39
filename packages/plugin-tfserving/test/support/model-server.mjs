#!/usr/bin/env node
// A stand-in for the program tensorflow_model_server: takes its flags, reads the names of models from its configuration
// file, and answers their status on both ports of loopback. The environment says what goes wrong, and where to write down the
// arguments.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { FakeGrpcServer } from './fake-grpc-server.ts'
import { fakeModel } from './fake-models.ts'

const flags = Object.fromEntries(
  process.argv.slice(2).map((flag) => {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/.exec(flag) ?? []
    return [name, value ?? 'true']
  }),
)
if (flags.version !== undefined) {
  console.log('TensorFlow ModelServer: 2.19.1-rc0+dev\nTensorFlow Library: 2.19.1')
  process.exit(0)
}
const { FAKE_ARGUMENTS, FAKE_EXIT, FAKE_ERROR } = process.env
if (FAKE_ARGUMENTS !== undefined) writeFileSync(FAKE_ARGUMENTS, JSON.stringify(process.argv.slice(2)))
if (FAKE_EXIT !== undefined) {
  console.error('Failed to start server. Error: Invalid argument: bad flag')
  process.exit(Number(FAKE_EXIT))
}
const config = readFileSync(flags.model_config_file, 'utf8')
const LOAD_LATENCY = ':tensorflow:cc:saved_model:load_latency'
const folders = [...config.matchAll(/^ {4}base_path: "(.*)"$/gm)].map(([, folder]) => folder)
const models = [...config.matchAll(/^ {4}name: "(.*)"$/gm)].map(([, name]) => name)
const [, path] = /path: "(.*)"/.exec(readFileSync(flags.monitoring_config_file, 'utf8')) ?? []
const asked = new Map()

const server = createServer((request, response) => {
  if (request.url === path) {
    response.end(
      folders
        .flatMap((folder) =>
          [1, 2].map((version) => `${LOAD_LATENCY}{model_path="${folder}/${version}"} 1500\n`),
        )
        .join(''),
    )
    return
  }
  const [, name] = /^\/v1\/models\/([^/]+)$/.exec(request.url) ?? []
  const count = (asked.get(name) ?? 0) + 1
  asked.set(name, count)
  if (!models.includes(name)) {
    response.writeHead(404)
    response.end(JSON.stringify({ error: `Could not find any versions of model ${name}` }))
    return
  }
  const state = FAKE_ERROR === undefined ? (count < 3 ? 'LOADING' : 'AVAILABLE') : 'END'
  const status = { error_code: 'OK', error_message: FAKE_ERROR ?? '' }
  response.end(JSON.stringify({ model_version_status: [{ version: '1', state, status }] }))
})
await FakeGrpcServer.start({ models: models.map((name) => fakeModel(name)) }, Number(flags.port))
server.listen(Number(flags.rest_api_port), process.env.FAKE_HOST ?? '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
