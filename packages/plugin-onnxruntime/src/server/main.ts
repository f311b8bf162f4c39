/** The program `servebench-onnx-server`. */
import { readFileSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { closeHttp, createHttpServer } from './http/http-server.ts'
import { InferenceServer } from './inference-server.ts'
import { ModelRepository } from './model/model-repository.ts'
import { HELP, parseOptions, type ServerOptions } from './options.ts'
import { UsageError } from './usage-error.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') process.stdout.write(HELP)
  else if (options === 'version') process.stdout.write(`${version}\n`)
  else await serve(options)
} catch (error) {
  die(error)
}

async function serve(options: ServerOptions): Promise<void> {
  // Inference threads start first: they load ONNX Runtime while this thread loads gRPC.
  const repository = new ModelRepository({
    directory: options.directory,
    sources: options.sources,
    defaults: options.defaults,
    profiles: options.profiles,
    sharedThreads: options.sharedThreadPool,
    largestArea: 2 * options.maxRequestBytes,
    onCrash: die,
  })
  const server = new InferenceServer(repository, version, options.maxRequestBytes)
  const loading = repository.loadAll()
  loading.catch(() => undefined)
  const http = createHttpServer(server)
  const [{ closeGrpc, createGrpcServer }, { createServices }] = await Promise.all([
    import('./grpc/grpc-server.ts'),
    import('./grpc/inference-service.ts'),
  ])
  const grpc = createGrpcServer(server, createServices(server))
  const addresses = {
    http: await listen(http, options.host, options.httpPort, '--http-port'),
    grpc: await listen(grpc, options.host, options.grpcPort, '--grpc-port'),
  }
  await loading
  server.started = true
  endOn(options, async () => {
    await server.drain()
    await Promise.all([closeHttp(http), closeGrpc(grpc)])
  })
  const models = repository.models.map((model) => model.name)
  const ready = {
    ready: true,
    ...addresses,
    metrics: `${addresses.http}/metrics`,
    models,
    runtime: repository.runtime,
    pid: process.pid,
  }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
}

async function listen(server: Server, host: string, port: number, option: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened: ${cause.message}`
      reject(
        new UsageError(
          `Port ${port} on ${host} ${what}.`,
          `Choose another with ${option}; 0 takes any free one.`,
          cause,
        ),
      )
    })
    server.listen(port, host, resolve)
  })
  const { address, family, port: actual } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`
}

/** Ends the process once: on a signal, or with the process that started it. */
function endOn(options: ServerOptions, drain: () => Promise<void>): void {
  let ending = false
  const end = (): void => {
    if (ending) return
    ending = true
    setTimeout(giveUp, options.drainTimeout / 1e6).unref()
    drain().then(() => process.exit(0), die)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  if (!options.guarded) return
  process.stdin.on('end', end).on('error', end).resume()
}

/** `process.exit` would wait for the execution that an inference thread is in. */
function giveUp(): void {
  process.stderr.write('Requests were still in flight when the drain timeout passed.\n')
  process.kill(process.pid, 'SIGKILL')
}

function die(error: unknown): never {
  const usage = error instanceof UsageError
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n${usage ? `${error.advice}\n` : ''}`,
  )
  process.exit(usage ? 2 : 1)
}
