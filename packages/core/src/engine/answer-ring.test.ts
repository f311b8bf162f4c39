import { describe, expect, it } from 'vitest'
import { createRandom } from '../stats/seed.ts'
import { AnswerRing, type AnswerEntry, type EntryFields } from './answer-ring.ts'

const FIELDS: EntryFields = {
  stream: 1,
  unit: 5e15,
  index: 3,
  payload: -1,
  phase: 1,
  status: 503,
  intended: 1.5,
  completion: 2.5e9,
}

/** Writes a head and messages as the capture does: back to back, with the end of each message. */
function push(
  ring: AnswerRing,
  fields: EntryFields,
  head: Uint8Array,
  messages: readonly Uint8Array[],
): boolean {
  const bytes = Buffer.concat([head, ...messages])
  const ends = new Int32Array(messages.length)
  let end = head.length
  for (const [index, message] of messages.entries()) {
    end += message.length
    ends[index] = end
  }
  return ring.push(fields, bytes, bytes.length, head.length, ends, messages.length)
}

const plain = ({ head, messages, ...fields }: AnswerEntry) => ({
  ...fields,
  head: Buffer.from(head).toString('latin1'),
  messages: messages.map((message) => Buffer.from(message).toString('latin1')),
})

describe('AnswerRing', () => {
  it('gives back what was put in, in order', () => {
    const ring = AnswerRing.create(4096)
    expect(ring.shift()).toBeNull()
    expect(
      push(ring, FIELDS, Buffer.from('head'), [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')]),
    ).toBe(true)
    expect(push(ring, { ...FIELDS, unit: 7 }, Buffer.alloc(0), [])).toBe(true)
    expect(plain(ring.shift() as AnswerEntry)).toEqual({
      ...FIELDS,
      head: 'head',
      messages: ['one', '', 'three'],
    })
    expect(plain(ring.shift() as AnswerEntry)).toEqual({ ...FIELDS, unit: 7, head: '', messages: [] })
    expect(ring.shift()).toBeNull()
    expect(ring.used).toBe(0)
  })

  it('copies: what was read stays as it is when the ring goes on', () => {
    const ring = AnswerRing.create(256)
    push(ring, FIELDS, Buffer.alloc(0), [Buffer.from('first')])
    const first = ring.shift() as AnswerEntry
    for (let round = 0; round < 10; round++) {
      push(ring, FIELDS, Buffer.alloc(0), [Buffer.from('xxxxx')])
      ring.shift()
    }
    expect(plain(first).messages).toEqual(['first'])
  })

  it('refuses what does not fit, and takes it when there is room again', () => {
    const ring = AnswerRing.create(1024)
    const body = Buffer.alloc(200)
    let pushed = 0
    while (push(ring, { ...FIELDS, unit: pushed }, Buffer.alloc(0), [body])) pushed += 1
    // An entry takes 64 bytes, 4 for the end of its message, and its 200 bytes, rounded up to 8.
    expect(pushed).toBe(Math.floor(1024 / 272))
    expect(ring.used).toBe(pushed * 272)
    expect(ring.shift()?.unit).toBe(0)
    expect(push(ring, { ...FIELDS, unit: pushed }, Buffer.alloc(0), [body])).toBe(true)
    expect(push(ring, FIELDS, Buffer.alloc(0), [body])).toBe(false)
    expect(Array.from({ length: pushed }, () => ring.shift()?.unit)).toEqual(
      Array.from({ length: pushed }, (_, index) => index + 1),
    )
    // Larger than the whole ring.
    expect(push(ring, FIELDS, Buffer.alloc(0), [Buffer.alloc(2000)])).toBe(false)
    expect(ring.shift()).toBeNull()
  })

  it('is seen alike through a second view of its memory', () => {
    const producer = AnswerRing.create(1024)
    const consumer = new AnswerRing(producer.buffer)
    push(producer, FIELDS, Buffer.from('h'), [Buffer.from('m')])
    expect(consumer.used).toBe(producer.used)
    expect(consumer.shift()).toMatchObject({ status: 503 })
    expect(producer.used).toBe(0)
  })

  it('only takes memory of the right size', () => {
    expect(() => new AnswerRing(new SharedArrayBuffer(64 + 1000))).toThrow(RangeError)
  })

  it.each([1, 2, 3, 4, 5, 6])('behaves like a queue under random use (seed %d)', (seed) => {
    const random = createRandom({ seed: String(seed), path: [], repeat: 0, stream: 'main', purpose: 'ring' })
    const ring = AnswerRing.create(2048)
    // The positions run over 2^32 during the test.
    const positions = new Int32Array(ring.buffer, 0, 2)
    positions.fill(-(1 << 14))
    const model: ReturnType<typeof plain>[] = []
    let refused = 0
    for (let step = 0; step < 20_000; step++) {
      if (random.next() < 0.55) {
        const unit = step
        const head = Buffer.from('h'.repeat(random.int(40)))
        const messages = Array.from({ length: random.int(4) }, () =>
          Buffer.alloc(random.int(seed % 2 === 0 ? 30 : 500), 65 + (step % 26)),
        )
        const fields = { ...FIELDS, unit, index: step % 7 }
        if (push(ring, fields, head, messages)) {
          model.push({
            ...fields,
            head: head.toString(),
            messages: messages.map((message) => message.toString()),
          })
        } else {
          refused += 1
          // An entry never wraps: one of up to half of the ring always fits into an empty one.
          const size = 64 + 40 + messages.reduce((sum, message) => sum + message.length + 4, 8)
          if (size <= 1024) expect(model.length).toBeGreaterThan(0)
        }
      } else {
        const entry = ring.shift()
        expect(entry === null ? undefined : plain(entry)).toEqual(model.shift())
      }
      expect(ring.used).toBeLessThanOrEqual(2048)
      expect(ring.used === 0).toBe(model.length === 0)
    }
    expect(refused).toBeGreaterThan(0)
  })
})
