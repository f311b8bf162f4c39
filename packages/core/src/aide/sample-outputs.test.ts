import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moduleUrl } from '../hooks/module-reference.ts'
import { createTruthServer, type TruthServer } from '../testing.ts'
import { SECOND } from '../units/nanos.ts'
import type { EncodeStream, ResolvedInput } from './protocol.ts'
import { sampleOutputs } from './sample-outputs.ts'
import type { SampledOutput } from './sampled-output.ts'
import { UserCall } from './user-call.ts'

const SCORES = '{"scores":[[0.25,0.75]]}'
let server: TruthServer
beforeAll(async () => {
  server = await createTruthServer({
    program: {
      service: '0ms',
      rules: [
        { when: { path: '/scores' }, answer: { body: SCORES } },
        { when: { path: '/text' }, answer: { body: 'no JSON' } },
        { when: { path: '/refuse' }, answer: { status: 503 } },
        { when: { path: '/slow' }, service: '60s' },
      ],
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

function sample(path: string, timeout = 10): Promise<readonly (readonly SampledOutput[])[]> {
  const input: ResolvedInput = { from: 'literal', value: null }
  const stream: EncodeStream = {
    name: 'main',
    codec: {
      module: moduleUrl(import.meta.url, '../builtin/http/session'),
      options: { url: `${server.url}${path}`, engine: 'http1-raw', headers: [], close: false },
    },
    input,
    limit: { count: 4, bytes: 1e6 },
    seed: { seed: 's', path: [], repeat: 0 },
  }
  return sampleOutputs(
    { stream, timeout: timeout * SECOND, maxResponseBytes: 1e6 },
    process.cwd(),
    new UserCall(),
  )
}

describe('sampleOutputs', () => {
  it('sends the inputs and reads the answers as tensors', async () => {
    expect(await sample('/scores')).toEqual([
      [{ name: 'scores', datatype: null, shape: [1, 2], elements: Float64Array.of(0.25, 0.75) }],
    ])
  })

  it.each([
    ['an answer that is no tensor', '/text', 10, 'cannot be read as tensors'],
    ['a refusal', '/refuse', 10, 'was not answered: http-503'],
    ['silence', '/slow', 0.05, 'was not answered: timed out'],
  ])('says what is wrong with %s', async (_, path, timeout, message) => {
    await expect(sample(path, timeout)).rejects.toMatchObject({
      code: 'SERVEBENCH_AGREEMENT',
      message: expect.stringContaining(message) as string,
    })
  })
})
