import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer, RunResult, TargetPlan } from 'servebench/plugin'
import { launchServer, openTarget } from 'servebench/testing'
import { torchserveControl } from '../src/control.ts'
import type { TorchServeControl } from '../src/control.ts'
import { plugin, torchServe, torchserve } from '../src/index.ts'
import { joinHandlers } from '../src/profile/join-handlers.ts'
import { RequestIds } from '../src/profile/request-ids.ts'
import { RequestLog } from '../src/profile/request-log.ts'
import { FakeTorchServe, INFERENCE_MS, QUEUE_MS } from './support/fake-torchserve.ts'
import { connect } from './support/torchserve-target.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures/profile')
const FAKE = join(import.meta.dirname, 'support/torchserve.mjs')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torchserve-profile-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const target = (model: string): TargetPlan => torchserve({ model }) as unknown as TargetPlan

describe('the log of a real TorchServe 0.12', () => {
  const lines = readFileSync(join(FIXTURES, 'ts_log.txt'), 'utf8').split('\n')
  const batch = {
    model: 'base',
    batch: 3,
    prediction: 3_040_000,
    handler: 3_010_000,
    preprocess: 180_244,
    inference: 2_452_612,
    postprocess: 14_782,
  }
  const expected = [
    {
      id: 'bcead8cd-ec83-49aa-a5cf-b973402f8a45',
      ...batch,
      queue: 23_804_215,
      backend: 14_041_752,
    },
    {
      id: '744f1de1-3945-49d1-b791-a8fc6e769eb0',
      ...batch,
      queue: 15_579_936,
      backend: 16_207_711,
    },
    {
      id: '1d824ea2-d51c-4d12-adc9-09ddf804e4a6',
      ...batch,
      queue: 10_282_899,
      backend: 17_485_726,
    },
  ]
  const read = (of: readonly string[]) => {
    const log = new RequestLog()
    for (const line of of) log.add(line)
    return [...log.requests]
  }

  it('tells of each request of a batch', () => {
    expect(read(lines)).toEqual(expected)
  })

  it('is read the same when lines of handlers come after those of the server', () => {
    const isHandler = (line: string): boolean => line.includes('-stdout ')
    const late = [...lines.filter((line) => !isHandler(line)), ...lines.filter(isHandler)]
    expect(read(late)).toEqual(expected)
  })

  it('may be cut off anywhere', () => {
    const text = lines.join('\n')
    for (let length = 0; length < text.length; length += 97)
      for (const { queue } of read(text.slice(0, length).split('\n')))
        expect([null, 23_804_215, 15_579_936, 10_282_899]).toContain(queue)
  })
})

describe('the ids that the server gives to requests', () => {
  const head = (text: string): Buffer => Buffer.from(`cut off${text}`)
  const ids = ['0e4d86fb-2daf-4135-8ca6-8aca41d2e652', '601b1a73-fb90-40be-bdb2-71f560caa8f6']
  const look = (all: RequestIds, slot: number, text: string): void => {
    const buffer = head(text)
    all.head(slot, buffer, 7, buffer.length)
  }

  it('are kept with the unit that is open in the slot', async () => {
    const all = new RequestIds(2)
    all.opened(0, 41)
    all.opened(1, 42)
    look(all, 1, `x-request-id: ${ids[0]}\r\nPragma: no-cache\r\n`)
    look(all, 0, `content-type: x-request-id: nothing\r\nX-Request-Id: ${ids[1]}\r\n`)
    all.opened(1, 43)
    look(all, 1, 'x-request-id: 12\r\n')
    look(all, 1, 'server: nginx\r\n')
    await all.write(join(folder, 'ids'))
    expect(readFileSync(join(folder, 'ids'), 'utf8')).toBe(`42 ${ids[0]}\n41 ${ids[1]}\n`)
  })

  it('are as many as there are answers', async () => {
    const all = new RequestIds(1)
    for (let unit = 0; unit < 20_000; unit++) {
      all.opened(0, unit)
      look(all, 0, `x-request-id: ${ids[unit % 2]}\r\n`)
    }
    await all.write(join(folder, 'ids'))
    const lines = readFileSync(join(folder, 'ids'), 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(20_000)
    expect(lines.at(-1)).toBe(`19999 ${ids[1]}`)
  })
})

describe('the profile of a trial', () => {
  it('has what the server logs meanwhile, and which unit each request was', async () => {
    const logs = join(folder, 'logs')
    const directory = join(folder, 'profile')
    for (const path of [logs, directory]) mkdirSync(path)
    const log = join(logs, 'ts_log.log')
    await using fake = await FakeTorchServe.start({ log })
    // Somebody has asked before.
    await (await fetch(`${fake.http}/predictions/echo`, { method: 'POST', body: 'x' })).text()
    const control = torchserveControl({ url: fake.http, managementUrl: fake.management, logs })
    const profiler = await control.profile?.({ directory, targets: [target('echo')], duration: null })
    const server = {
      kind: 'torchserve',
      endpoints: { http: fake.http, management: fake.management },
      control,
    } as unknown as RunningServer
    {
      await using opened = await openTarget(await connect({ model: 'echo' }, { server }), [{ body: 'x' }])
      for (let count = 0; count < 3; count++) await opened.ask(0)
    }
    const profile = await profiler?.stop()
    expect(profile?.files).toEqual(['served.ndjson'])
    const rows = profile?.tables[0]?.rows.map(([model, part, count, , mean]) => [model, part, count, mean])
    expect(rows).toEqual([
      ['echo', 'queue', 3, QUEUE_MS * 1e6],
      ['echo', 'backend', 3, INFERENCE_MS * 1e6],
      ['echo', 'prediction', 3, 3_040_000],
    ])
    const served = linesOf(join(directory, 'served.ndjson')).map(
      (line) => (JSON.parse(line) as { id: string }).id,
    )
    const [file = ''] = readdirSync(directory).filter((name) => name.startsWith('ids-'))
    expect(linesOf(join(directory, file)).map((line) => line.split(' ')[1])).toEqual(served)
    // Sessions of other trials keep nothing.
    expect(control.profileFolder).toBeNull()
    expect((await connect({ model: 'echo' }, { server })).options).not.toHaveProperty('profile')
  })

  it('is unavailable without the log of the server', async () => {
    await using fake = await FakeTorchServe.start()
    const urls = { url: fake.http, managementUrl: fake.management }
    expect(torchserveControl(urls).profile).toBeUndefined()
    const control = torchserveControl({ ...urls, logs: join(folder, 'none') })
    const attempt = control.profile?.({ directory: folder, targets: [target('echo')], duration: null })
    await expect(attempt).rejects.toThrow('there is no')
  })

  it('lets handlers time their parts, and registers them as they were afterwards', async () => {
    const program = `#!/bin/sh\nexec '${process.execPath}' '${FAKE}' "$@"\n`
    writeFileSync(join(folder, 'torchserve'), program, { mode: 0o755 })
    writeFileSync(join(folder, 'mine.py'), 'def handle(data, context): return data')
    const handler = 'mine.py'
    const config = { handler: { profile: false } }
    await using launched = await launchServer(
      plugin,
      torchServe({
        binary: 'torchserve',
        models: [
          { name: 'mine', handler, batchSize: 4 },
          { name: 'told', handler, config },
          { name: 'other', handler },
        ],
      }),
      { root: folder },
    )
    const control = launched.server.control as TorchServeControl
    const archives = async (): Promise<readonly unknown[]> =>
      Promise.all(
        ['mine', 'told', 'other'].map(async (name) => (await control.client?.describe(name, ''))?.[0]),
      )
    const before = await archives()
    const profiler = await control.profile?.({
      directory: folder,
      targets: [target('mine'), target('told')],
      duration: null,
    })
    const during = await archives()
    expect(during[0]).toMatchObject({ batchSize: 4, archive: expect.stringMatching(/^mine-\w+\.mar$/) })
    expect(during[0]).not.toEqual(before[0])
    expect(during.slice(1)).toEqual(before.slice(1))
    await profiler?.stop()
    expect(await archives()).toEqual(before)
  })
})

it('joins what both sides of a real trial say about a request', async () => {
  cpSync(FIXTURES, join(folder, 'a.profile'), { recursive: true })
  const trial = {
    role: 'profile',
    path: ['torchserve'],
    case: {},
    plan: { streams: { main: { target: target('mlp') } } },
    profile: { files: ['a.profile/served.ndjson'] },
    records: { path: 'a.profile/records.arrows' },
  }
  const table = await joinHandlers({
    result: { trials: [trial] } as unknown as RunResult,
    directory: folder,
  })
  const parts = ['client', 'network', 'queue', 'backend', 'prediction']
  expect(table?.rows.map(([, part, count]) => [part, count])).toEqual(
    [...parts, 'preprocess', 'inference', 'postprocess'].map((part) => [part, 30]),
  )
  expect(table?.notes).toHaveLength(2)
  const requests = linesOf(join(folder, 'a.profile/requests.ndjson')).map(
    (line) => JSON.parse(line) as Record<string, number>,
  )
  for (const { client, network, queue, backend, prediction } of requests) {
    expect((network ?? 0) + (queue ?? 0) + (backend ?? 0)).toBe(client)
    expect(prediction).toBeLessThan(backend ?? 0)
    // It was a loopback: had other requests been put beside each other, some of these would be negative.
    expect(network).toBeGreaterThan(0)
  }
})

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n')
}
