/** The parts of the adapter against a real TorchServe: what the fake of its own tests only claims. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FailureKind } from 'servebench/session'
import { checkTarget, type OpenTarget } from 'servebench/testing'
import type { JsonValue, ServerStatistics } from 'servebench/plugin'
import type {
  TorchServeContent,
  TorchServeOptions,
  TorchServeResponse,
  TorchServeState,
} from '../../packages/plugin-torchserve/src/index.ts'
import { torchServe } from '../../packages/plugin-torchserve/src/index.ts'
import { torchserveControl } from '../../packages/plugin-torchserve/src/control.ts'
import type { TorchServeControl } from '../../packages/plugin-torchserve/src/control.ts'
import { connect, openTorchServe } from '../../packages/plugin-torchserve/test/support/torchserve-target.ts'
import { ensureToken } from '../../packages/plugin-torchserve/src/token/renew-token.ts'
import { install } from './support/install.ts'
import { expectCounted } from './support/kill.ts'
import { Project } from './support/project.ts'
import { RealTorchServe } from './support/torchserve.ts'

let server: RealTorchServe
beforeAll(async () => {
  install('torchserve')
  server = await RealTorchServe.start('job_queue_size=10')
  for (const archive of ['echo.mar', 'slow.mar', 'fail.mar', 'stream.mar', 'mlp.mar', 'mlp_v2.mar'])
    await server.register(archive)
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const open = (
  options: Partial<TorchServeOptions>,
  ...contents: TorchServeContent[]
): Promise<OpenTarget<TorchServeResponse>> =>
  openTorchServe(
    {
      model: 'echo',
      url: options.protocol === 'grpc' ? server.grpc : server.http,
      managementUrl: server.management,
      ...options,
    },
    ...contents,
  )

/** Somebody else's request. */
async function ask(model: string, body: object): Promise<number> {
  const answer = await fetch(`${server.http}/predictions/${model}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  await answer.arrayBuffer()
  return answer.status
}

describe('predictions', () => {
  const bytes = Buffer.from([0, 1, 254, 255])

  it.each(['http', 'grpc'] as const)('come back as they were sent over %s', async (protocol) => {
    await using target = await open({ protocol }, { body: bytes }, { fields: { data: bytes } })
    expect((await target.ask(0)).response?.body).toEqual(bytes)
    expect(Buffer.from((await target.ask(1)).response?.body ?? [])).toEqual(bytes)
  })

  it('of JSON and of several fields reach the handler as such', async () => {
    await using target = await open({}, { body: { x: [1, 'ü'] } }, { fields: { a: 'text', b: bytes } })
    expect((await target.ask(0)).response?.json()).toEqual({ x: [1, 'ü'] })
    expect((await target.ask(1)).response?.json()).toEqual({ a: 'text', b: bytes.toString('latin1') })
  })

  it('are those of the version that was asked for', async () => {
    const row = { body: { x: Array.from({ length: 64 }, () => 0.5) } }
    await using first = await open({ model: 'mlp', version: '1.0' }, row)
    await using second = await open({ model: 'mlp', version: '2.0' }, row)
    const [a, b] = [await first.ask(), await second.ask()].map(({ response }) => response?.json() as number[])
    expect(b?.map((value, index) => value - (a?.[index] as number))).toEqual(
      Array.from({ length: 10 }, () => expect.closeTo(1, 4) as number),
    )
  })

  it('stream over gRPC, one message for each part', async () => {
    await using target = await open(
      { model: 'stream', protocol: 'grpc', stream: true },
      { body: { n: 4, ms: 5 } },
    )
    const { response } = await target.ask()
    expect(response?.parts.map(String)).toEqual(['chunk 0\n', 'chunk 1\n', 'chunk 2\n', 'chunk 3\n'])
  })

  it('stream over HTTP', async () => {
    await using target = await open({ model: 'stream', stream: true }, { body: { n: 4, ms: 5 } })
    expect((await target.ask()).response?.text()).toBe('chunk 0\nchunk 1\nchunk 2\nchunk 3\n')
  })

  it.each([
    ['raise', 503],
    ['predict', 513],
    ['memory', 507],
    ['short', 503],
    ['code', 418],
  ])('fail as the handler does: %s', async (how, code) => {
    await using target = await open({ model: 'fail' }, { body: { how } })
    expect(await target.ask()).toMatchObject({ kind: FailureKind.httpStatus, code })
  })

  it('keep the rules of targets', async () => {
    const reference = await connect({ model: 'echo', url: server.http, managementUrl: server.management })
    const { held } = await checkTarget<TorchServeContent, TorchServeResponse>(reference, {
      request: { body: Buffer.from('x') },
      accept: (response) => response.text() === 'x',
    })
    expect(held.length).toBeGreaterThan(5)
  })
})

describe('bad input', () => {
  it.each<[string, Partial<TorchServeOptions>, string]>([
    ['an unknown model', { model: 'ecko' }, 'SERVEBENCH_TORCHSERVE_MODEL'],
    ['an unknown version', { version: '7.0' }, 'SERVEBENCH_TORCHSERVE_MODEL'],
  ])('%s is told before the load', async (_name, options, code) => {
    const attempt = connect({ model: 'echo', url: server.http, managementUrl: server.management, ...options })
    await expect(attempt).rejects.toMatchObject({ cause: { code } })
  })

  it('a full queue is load shedding', async () => {
    // One request in the worker, ten in the queue: with forty at a time some must be shed.
    const busy = Array.from({ length: 40 }, () => ask('slow', { ms: 100 }))
    const statuses = await Promise.all(busy)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })
})

describe('control', () => {
  const control = (): TorchServeControl =>
    torchserveControl({ url: server.http, managementUrl: server.management, metricsUrl: server.metrics })
  const use = (journal: JsonValue[]) => ({
    artifact: () => Promise.reject(new Error('There are no artifacts.')),
    changing: (step: JsonValue) => void journal.push(step),
  })
  const describeModel = async (name: string) => (await control().client?.describe(name, ''))?.[0]
  const apply = (state: TorchServeState, journal: JsonValue[], by = control()) =>
    by.configure?.(torchServe({ url: server.http, state }).state, use(journal))

  it('scales, registers anew, and puts everything back', async () => {
    const before = await describeModel('slow')
    const journal: JsonValue[] = []
    const by = control()
    await apply({ models: { slow: { workers: 2, batchSize: 4, maxBatchDelay: '30ms' } } }, journal, by)
    expect(await describeModel('slow')).toMatchObject({
      ready: 2,
      batchSize: 4,
      maxBatchDelay: 30,
      version: '1.0',
    })
    await by.restore?.()
    expect(await describeModel('slow')).toEqual({ ...before, pids: expect.any(Array) as number[] })
  })

  it('puts back what a run that was killed has left: also the default one of two versions', async () => {
    const before = await describeModel('mlp')
    const journal: JsonValue[] = []
    await apply({ models: { mlp: { batchSize: 8 } }, defaults: { mlp: '2.0' } }, journal)
    expect(await describeModel('mlp')).toMatchObject({ version: '2.0' })
    expect(await control().undo?.(JSON.parse(JSON.stringify(journal)) as JsonValue[])).toEqual([])
    expect(await describeModel('mlp')).toEqual({ ...before, pids: expect.any(Array) as number[] })
  })

  it('counts what is asked, without its own calls', async () => {
    const by = control()
    const before = (await by.statistics?.()) as ServerStatistics
    for (let count = 0; count < 5; count++) await ask('slow', { ms: 20 })
    await ask('nosuch', {})
    const after = (await by.statistics?.()) as ServerStatistics
    const grown = (name: string) => (after.totals?.[name] ?? 0) - (before.totals?.[name] ?? 0)
    expect(['answers.2xx', 'answers.4xx', 'answers.5xx'].map(grown)).toEqual([5, 1, 0])
    const slow = after.models['slow']
    const count = (slow?.success.count ?? 0) - (before.models['slow']?.success.count ?? 0)
    const inference = (slow?.computeInfer.ns ?? 0) - (before.models['slow']?.computeInfer.ns ?? 0)
    expect(count).toBe(5)
    expect(inference / count).toBeGreaterThan(20e6)
  })

  it('reads failures of the model as such', async () => {
    const by = control()
    const before = (await by.statistics?.()) as ServerStatistics
    for (const how of ['raise', 'none', 'memory']) await ask('fail', { how })
    const after = (await by.statistics?.()) as ServerStatistics
    const grown = (side: 'success' | 'fail') =>
      (after.models['fail']?.[side].count ?? 0) - (before.models['fail']?.[side].count ?? 0)
    expect([grown('success'), grown('fail')]).toEqual([1, 2])
  })
})

describe('a server that demands tokens', () => {
  it('is asked with that of its key file, which is renewed when it would expire, until it is killed', async () => {
    await using locked = await RealTorchServe.start('--tokens', 'token_expiration_min=1')
    const keyFile = `${locked.folder}/key_file.json`
    const access = { inference: { keyFile }, management: { keyFile } }
    const by = torchserveControl({ url: locked.http, managementUrl: locked.management, access })
    await by.client?.register({ archive: 'echo.mar', name: 'echo', workers: 1 })
    const options = { model: 'echo', url: locked.http, managementUrl: locked.management }
    await expect(connect(options)).rejects.toMatchObject({ cause: { type: 'InvalidKeyException' } })
    // Longer than any token of this server lasts.
    const warning = await ensureToken('inference', { keyFile, managementUrl: locked.management }, 120e9)
    expect(warning).toContain('token_expiration_min')
    await using target = await openTorchServe({ ...options, keyFile }, { body: Buffer.from('x') })
    expect((await target.ask()).response?.text()).toBe('x')

    using project = new Project(`
import { constantRate, scenario } from 'servebench'
import { torchserve } from '@servebench/plugin-torchserve'

scenario('killed', {
  target: torchserve({ model: 'echo', url: '${locked.http}', keyFile: '${keyFile}' }),
  input: { body: 'x' },
  load: constantRate({ rate: 50 }),
  timeout: '1s',
})
`)
    await expectCounted(project, () => process.kill(locked.pid, 'SIGKILL'))
    // The control plane is gone, too, which is said, and not waited for.
    await expect(by.client?.list()).rejects.toThrow('Nothing listens')
    expect(await by.health()).toEqual({ live: false, ready: false })
  })
})
