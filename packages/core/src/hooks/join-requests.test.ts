import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Outcome } from '../engine/outcome.ts'
import { createRecordBlock } from '../report/record-block.ts'
import { RecordStream } from '../report/record-stream.ts'
import type { AnalysisTable, RunResult } from '../report/result.ts'
import { joinRequests } from './join-requests.ts'
import type { ServedRequest } from './join-requests.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  mkdirSync(join(folder, 'a.profile'))
  writeFileSync(join(folder, 'a.profile/served'), '')
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Recorded {
  readonly unit: number
  readonly sent: number
  readonly completion: number
  readonly outcome?: Outcome
}

function record(rows: readonly Recorded[]): void {
  const stream = new RecordStream(join(folder, 'a.arrows'), { streams: [{ name: 'main', labels: [] }] })
  const block = createRecordBlock(Math.max(1, rows.length))
  for (const [index, row] of rows.entries()) {
    block.unit[index] = row.unit
    block.sent[index] = row.sent
    block.completion[index] = row.completion
    block.outcome[index] = row.outcome ?? Outcome.completed
  }
  stream.write(block, rows.length, 0)
  stream.close()
}

function ask(
  served: readonly ServedRequest[],
  kind = 'fake',
  role = 'profile',
): Promise<AnalysisTable | null> {
  const trial = {
    role,
    path: ['suite', 'case'],
    case: { batch: 8 },
    plan: { streams: { main: { target: { kind: 'fake' } } } },
    profile: { files: ['a.profile/served'] },
    records: { path: 'a.arrows' },
  }
  return joinRequests(
    { result: { trials: [trial] } as unknown as RunResult, directory: folder },
    {
      kind,
      file: 'served',
      read: async function* () {
        yield* served
      },
      parts: ['queue', 'compute'],
      name: 'fake-requests',
      title: 'Fake',
    },
  )
}

const served = (unit: number | null, queue: number | null, compute: number): ServedRequest => ({
  id: `request ${unit}`,
  unit,
  total: queue === null ? null : queue + compute,
  parts: { queue, compute },
})

it('puts the times of both sides beside each other, and those of the network between them', async () => {
  record([
    { unit: 7, sent: 1000, completion: 1500 },
    { unit: 9, sent: 2000, completion: 2300 },
  ])
  // In another order than the client has recorded them.
  const table = await ask([served(9, 50, 150), served(7, 100, 300)])
  expect(table?.columns.map(({ name }) => name)).toEqual('case part requests min mean p50 p99 max'.split(' '))
  const name = 'suite > case > batch=8'
  expect(table?.rows).toEqual([
    [name, 'client', 2, 300, 400, 300, 500, 500],
    [name, 'network', 2, 100, 100, 100, 100, 100],
    [name, 'queue', 2, 50, 75, 50, 100, 100],
    [name, 'compute', 2, 150, 225, 150, 300, 300],
  ])
  expect(table?.notes).toHaveLength(1)
  const lines = readFileSync(join(folder, 'a.profile/requests.ndjson'), 'utf8').trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { id: 'request 9', row: 1, client: 300, network: 100, queue: 50, compute: 150, total: 200 },
    { id: 'request 7', row: 0, client: 500, network: 100, queue: 100, compute: 300, total: 400 },
  ])
})

it('says which requests only one side knows, and leaves those out that cannot be told apart', async () => {
  record([
    { unit: 1, sent: 0, completion: 10 },
    { unit: 2, sent: 0, completion: NaN, outcome: Outcome.timedOut },
    // A unit of two requests.
    { unit: 3, sent: 0, completion: 10 },
    { unit: 3, sent: 10, completion: 30 },
    { unit: 4, sent: 0, completion: 10 },
  ])
  const table = await ask([served(1, 1, 2), served(2, 1, 2), served(3, 1, 2), served(null, 1, 2)])
  expect(table?.rows.map(([, part, requests]) => [part, requests])).toEqual([
    ['client', 1],
    ['network', 1],
    ['queue', 1],
    ['compute', 1],
  ])
  expect(table?.notes.slice(1)).toEqual([
    'suite > case > batch=8: 3 requests that the server tells of are in no record.',
    'suite > case > batch=8: of 1 recorded requests the server tells nothing.',
  ])
})

it('has no network where the server does not say how long it took', async () => {
  record([{ unit: 1, sent: 0, completion: 10 }])
  const table = await ask([served(1, null, 2)])
  expect(table?.rows.map(([, part]) => part)).toEqual(['client', 'compute'])
})

it('has nothing to say about other kinds of targets, other trials, and profiles that are gone', async () => {
  record([{ unit: 1, sent: 0, completion: 10 }])
  const one = [served(1, 1, 2)]
  expect(await ask(one, 'other')).toBeNull()
  expect(await ask(one, 'fake', 'measurement')).toBeNull()
  expect(await ask([])).toBeNull()
  rmSync(join(folder, 'a.profile/served'))
  expect(await ask(one)).toBeNull()
})
