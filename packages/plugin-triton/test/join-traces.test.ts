import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunResult } from 'servebench/plugin'
import { joinTraces } from '../src/trace/join-traces.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures/profile')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'triton-traces-'))
  cpSync(FIXTURES, join(folder, 'a.profile'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

const trial = {
  role: 'profile',
  path: ['triton'],
  case: {},
  plan: { streams: { main: { target: { kind: 'triton' } } } },
  profile: { files: ['a.profile/traces.ndjson'] },
  records: { path: 'a.profile/records.arrows' },
}

it('joins what a real Triton has traced with what the client has recorded', async () => {
  const table = await joinTraces({
    result: { trials: [trial] } as unknown as RunResult,
    directory: folder,
  })
  expect(table?.rows.map(([name, part, count]) => [name, part, count])).toEqual(
    ['client', 'network', 'queue', 'input', 'infer', 'output'].map((part) => ['triton', part, 125]),
  )
  // All are in both.
  expect(table?.notes).toHaveLength(1)
  const lines = readFileSync(join(folder, 'a.profile/requests.ndjson'), 'utf8').trimEnd().split('\n')
  const requests = lines.map((line) => JSON.parse(line) as Record<string, number>)
  expect(requests[0]).toEqual({
    id: '0000000000000000',
    row: 0,
    client: 2_175_273,
    network: 631_873,
    queue: 72_067,
    input: 44_687,
    infer: 1_372_406,
    output: 73_099,
    total: 1_543_400,
  })
  for (const { client, network, total, queue, input, infer } of requests) {
    expect((network ?? 0) + (total ?? 0)).toBe(client)
    // The answer was complete before the output stage was.
    expect((queue ?? 0) + (input ?? 0) + (infer ?? 0)).toBeLessThanOrEqual(total ?? 0)
  }
})

it('leaves out steps of ensembles, and what somebody else has asked', async () => {
  const path = join(folder, 'a.profile/traces.ndjson')
  const [first = '', second = '', third = ''] = readFileSync(path, 'utf8').split('\n')
  const other = { ...(JSON.parse(second) as object), requestId: 'mine' }
  const inner = { ...(JSON.parse(third) as object), isInner: true }
  writeFileSync(path, [first, JSON.stringify(other), JSON.stringify(inner), ''].join('\n'))
  const table = await joinTraces({
    result: { trials: [trial] } as unknown as RunResult,
    directory: folder,
  })
  expect(table?.rows[0]?.slice(1, 3)).toEqual(['client', 1])
  expect(table?.notes.slice(1)).toEqual([
    'triton: 1 requests that the server tells of are in no record.',
    'triton: of 124 recorded requests the server tells nothing.',
  ])
})
