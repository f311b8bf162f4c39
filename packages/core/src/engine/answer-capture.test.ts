import { describe, expect, it } from 'vitest'
import { AnswerCapture } from './answer-capture.ts'
import { AnswerRing } from './answer-ring.ts'
import { SlotTable } from './slot-table.ts'

const ring = (size = 65_536): AnswerRing => AnswerRing.create(size)

function slots(): SlotTable {
  const table = new SlotTable(1000, 1000)
  for (let slot = 0; slot < 1000; slot++) {
    table.unit[slot] = slot * 10
    table.index[slot] = 1
    table.payload[slot] = 2
    table.intended[slot] = 5
  }
  return table
}

function body(capture: AnswerCapture, slot: number, text: string): void {
  // Inside a larger buffer, as a socket's reads are.
  const bytes = Buffer.from(`<<${text}>>`)
  capture.body(slot, bytes, 2, 2 + text.length)
}

function next(from: AnswerRing) {
  const entry = from.shift()
  return entry === null
    ? null
    : {
        unit: entry.unit,
        status: entry.status,
        head: Buffer.from(entry.head).toString(),
        messages: entry.messages.map((message) => Buffer.from(message).toString()),
      }
}

describe('AnswerCapture', () => {
  it('puts an answer together from its parts', () => {
    const out = ring()
    const capture = new AnswerCapture(out)
    const table = slots()
    expect(capture.begin(3)).toBe(true)
    capture.head(3, 201, Buffer.from('HTTP a: b'), 5, 9)
    body(capture, 3, 'one ')
    body(capture, 3, 'body')
    capture.publish(3, 0, table, 1, 99)
    expect(next(out)).toEqual({ unit: 30, status: 201, head: 'a: b', messages: ['one body'] })
    expect(out.shift()).toBeNull()
  })

  it('keeps messages apart, also without a head, and an empty answer has one empty message', () => {
    const out = ring()
    const capture = new AnswerCapture(out)
    const table = slots()
    capture.begin(0)
    body(capture, 0, 'first')
    capture.boundary(0)
    body(capture, 0, 'second')
    capture.boundary(0)
    capture.publish(0, 0, table, 1, 1)
    expect(next(out)?.messages).toEqual(['first', 'second'])
    capture.begin(0)
    capture.publish(0, 0, table, 1, 1)
    expect(next(out)).toEqual({ unit: 0, status: 200, head: '', messages: [''] })
  })

  it('does not mix up exchanges that run at once, however many', () => {
    const out = ring(1 << 20)
    const capture = new AnswerCapture(out)
    const table = slots()
    for (let slot = 0; slot < 500; slot++) capture.begin(slot)
    for (let slot = 0; slot < 500; slot++) body(capture, slot, `answer ${slot}`)
    for (let slot = 499; slot >= 0; slot--) capture.publish(slot, 0, table, 1, 1)
    for (let slot = 499; slot >= 0; slot--)
      expect(next(out)).toMatchObject({ unit: slot * 10, messages: [`answer ${slot}`] })
  })

  it('forgets what was discarded, and what an attempt before a retry had', () => {
    const out = ring()
    const capture = new AnswerCapture(out)
    const table = slots()
    capture.begin(1)
    body(capture, 1, 'dropped')
    capture.discard(1)
    capture.publish(1, 0, table, 1, 1)
    expect(out.shift()).toBeNull()
    capture.begin(1)
    body(capture, 1, 'first attempt')
    capture.begin(1)
    body(capture, 1, 'second')
    capture.publish(1, 0, table, 1, 1)
    expect(next(out)?.messages).toEqual(['second'])
    // A slot that never was captured.
    capture.discard(900)
    capture.publish(900, 0, table, 1, 1)
    expect(out.shift()).toBeNull()
  })

  it('leaves an answer above the limit unchecked, and the next one is fine', () => {
    const out = ring()
    const capture = new AnswerCapture(out, 100)
    const table = slots()
    capture.begin(0)
    body(capture, 0, 'x'.repeat(101))
    capture.publish(0, 0, table, 1, 1)
    expect(out.shift()).toBeNull()
    capture.begin(0)
    body(capture, 0, 'x'.repeat(100))
    capture.publish(0, 0, table, 1, 1)
    expect(next(out)?.messages[0]).toHaveLength(100)
  })

  it('stops while the reader is behind, and drops what an earlier attempt had', () => {
    const out = ring(4096)
    const capture = new AnswerCapture(out)
    const table = slots()
    capture.begin(7)
    body(capture, 7, 'first attempt')
    while (out.used <= out.size >> 1) {
      capture.begin(0)
      body(capture, 0, 'x'.repeat(500))
      capture.publish(0, 0, table, 1, 1)
    }
    expect(capture.begin(1)).toBe(false)
    expect(capture.begin(7)).toBe(false)
    capture.publish(7, 0, table, 1, 1)
    const seen: unknown[] = []
    for (let entry = next(out); entry !== null; entry = next(out)) seen.push(entry.unit)
    expect(seen.every((unit) => unit === 0)).toBe(true)
    expect(capture.begin(1)).toBe(true)
  })

  it('grows with large answers and long lists of messages', () => {
    const out = ring(1 << 20)
    const capture = new AnswerCapture(out)
    const table = slots()
    capture.begin(0)
    for (let index = 0; index < 1000; index++) {
      body(capture, 0, `message ${index};`)
      capture.boundary(0)
    }
    capture.publish(0, 0, table, 1, 1)
    const messages = next(out)?.messages ?? []
    expect(messages).toHaveLength(1000)
    expect(messages[999]).toBe('message 999;')
  })
})
