import { describe, expect, it } from 'vitest'
import { FailureKind } from '../engine/outcome.ts'
import { prepare } from '../testing/prepare.ts'
import { SECOND } from '../units/nanos.ts'
import { askTarget } from './ask-target.ts'

/** A session that answers with the bytes of the request, and writes over its buffer afterwards, as sockets do. */
const ECHO = `
export async function createSession({ exchange }) {
  const buffer = Buffer.alloc(64)
  return {
    async connect() {},
    open(slot, { bytes }) {
      const text = bytes.toString()
      if (text === 'fail') return exchange.fail(slot, ${FailureKind.httpStatus}, 503)
      if (text === 'hang') return
      const end = buffer.write('x: 1' + text)
      exchange.head(slot, 201, buffer, 0, 4)
      for (let at = 4; at < end; at++) exchange.body(slot, buffer, at, at + 1)
      if (text === 'twice') {
        exchange.message(slot, 5, 1, false)
        exchange.body(slot, buffer, 4, end)
        exchange.message(slot, 5, 1, true)
      }
      buffer.fill(0)
      exchange.done(slot, end)
    },
    cancel(slot) { exchange.fail(slot, ${FailureKind.cancelled}, 0) },
    async [Symbol.asyncDispose]() {},
  }
}`

const ask = (...texts: string[]) =>
  askTarget({
    session: { module: `data:text/javascript,${encodeURIComponent(ECHO)}`, options: null },
    prepared: prepare(texts.map((text) => ({ bytes: Buffer.from(text) }))),
    timeout: 0.02 * SECOND,
    maxResponseBytes: 1000,
  })

describe('askTarget', () => {
  it('keeps answers as they were when they came', async () => {
    const replies = await ask('one', 'two', '')
    expect(replies.map(({ raw }) => raw?.status)).toEqual([201, 201, 201])
    expect(replies.map(({ raw }) => Buffer.from(raw?.head ?? []).toString())).toEqual([
      'x: 1',
      'x: 1',
      'x: 1',
    ])
    expect(replies.map(({ raw }) => raw?.messages.map((part) => Buffer.from(part).toString()))).toEqual([
      ['one'],
      ['two'],
      [''],
    ])
  })

  it('keeps messages apart', async () => {
    const [reply] = await ask('twice')
    expect(reply?.raw?.messages.map((part) => Buffer.from(part).toString())).toEqual(['twice', 'twice'])
  })

  it('ends with the first failure', async () => {
    expect(await ask('fail', 'one')).toEqual([{ raw: null, failure: 'http-503' }])
    const replies = await ask('one', 'hang', 'two')
    expect(replies.map(({ failure }) => failure)).toEqual([null, 'timed out'])
  })
})
