import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { prepare } from '../../testing/prepare.ts'
import { firstRequest, inputOf, markHead, prepareOnce, readHead } from './chain-payload.ts'
import { createCodec } from './codec.ts'

const inline = { module: new URL('../../builtin/inline/session.ts', import.meta.url).href, options: {} }
const input = { question: 'what?', pixels: Float32Array.of(1, 2) }

describe('a chain on the aide', () => {
  it('is asked as its first step is, with the input behind', async () => {
    const codec = await createCodec({ first: inline, last: null })
    const [prepared] = prepare([await codec.encode(input)])
    if (prepared === undefined) throw new Error('Nothing was prepared.')
    expect(firstRequest(prepared).bytes.equals(serialize(input))).toBe(true)
    expect(inputOf(prepared)).toEqual(input)
  })

  it('has no request when its first step is a function', async () => {
    const codec = await createCodec({ first: null, last: inline })
    const [prepared] = prepare([await codec.encode(input)])
    if (prepared === undefined) throw new Error('Nothing was prepared.')
    expect(firstRequest(prepared).bytes).toHaveLength(0)
    expect(inputOf(prepared)).toEqual(input)
  })

  it('answers as its last step does', async () => {
    const raw = { status: 200, head: new Uint8Array(0), messages: [serialize({ label: 3 })] }
    for (const last of [inline, null]) {
      const codec = await createCodec({ first: null, last })
      expect(await codec.decode(raw, null)).toEqual({ label: 3 })
    }
  })

  it('refuses an input that cannot be carried', async () => {
    const codec = await createCodec({ first: null, last: null })
    await expect(async () => codec.encode({ draw: () => 1 })).rejects.toThrow('could not be cloned')
  })
})

it('carries what a codec noted of a request with the head of the answer', () => {
  const head = Buffer.from('content-type: text/plain\r\n')
  expect(readHead(markHead(head, { outputs: ['a\0b'] }))).toEqual({ head, meta: { outputs: ['a\0b'] } })
  expect(readHead(head)).toEqual({ head, meta: null })
})

it('copies a request that is made while measuring', () => {
  const scratch = Buffer.from('one')
  const prepared = prepareOnce({ bytes: scratch })
  scratch.write('two')
  expect(prepared.bytes.toString()).toBe('one')
  expect(prepareOnce({ bytes: [Buffer.from('a'), Buffer.from('b')] }).bytes.toString()).toBe('ab')
})
