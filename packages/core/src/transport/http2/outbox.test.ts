import { expect, it } from 'vitest'
import { Random } from '../../stats/prng.ts'
import { Outbox, Written } from './outbox.ts'
import type { ByteSink } from './outbox.ts'

/** A kernel that keeps references until it is told to take the bytes, as a real one does when its buffer is full. */
class SlowSink implements ByteSink {
  received: Buffer = Buffer.alloc(0)
  answer: Written = Written.done
  writes = 0
  #held: readonly Uint8Array[] | undefined

  write(chunks: readonly Uint8Array[]): Written {
    expect(this.#held).toBeUndefined()
    this.writes += 1
    if (this.answer === Written.done) this.#take(chunks)
    else this.#held = chunks
    return this.answer
  }

  take(): void {
    this.#take(this.#held as readonly Uint8Array[])
    this.#held = undefined
  }

  #take(chunks: readonly Uint8Array[]): void {
    this.received = Buffer.concat([this.received, ...chunks])
  }
}

function put(outbox: Outbox, bytes: Uint8Array): void {
  const at = outbox.reserve(bytes.length)
  outbox.buffer.set(bytes, at)
}

it('writes everything at once, in one chunk, from the same memory each time', () => {
  const sink = new SlowSink()
  const outbox = new Outbox(sink)
  const { buffer } = outbox
  for (let round = 0; round < 3; round++) {
    put(outbox, Buffer.from('one '))
    put(outbox, Buffer.from('two '))
    outbox.flush()
    expect(outbox.buffer).toBe(buffer)
    expect(outbox.reserve(0)).toBe(0)
  }
  expect(sink.writes).toBe(3)
  expect(sink.received.toString()).toBe('one two one two one two ')
  expect(outbox.bytesOut).toBe(24)
})

it('keeps the order of copied bytes and views', () => {
  const sink = new SlowSink()
  const outbox = new Outbox(sink)
  put(outbox, Buffer.from('a'))
  outbox.append(Buffer.from('b'))
  outbox.append(Buffer.from('c'))
  put(outbox, Buffer.from('d'))
  outbox.flush()
  expect(sink.received.toString()).toBe('abcd')
})

it('does not touch memory that is being written, and uses it again afterwards', () => {
  const sink = new SlowSink()
  const outbox = new Outbox(sink)
  const first = outbox.buffer
  sink.answer = Written.later
  put(outbox, Buffer.from('first '))
  expect(outbox.flush()).toBe(Written.later)
  expect(outbox.busy).toBe(true)
  put(outbox, Buffer.from('second '))
  sink.take()
  outbox.drained()
  expect(outbox.busy).toBe(false)
  const second = outbox.buffer
  outbox.flush()
  expect(outbox.buffer).toBe(first)
  sink.take()
  outbox.drained()
  put(outbox, Buffer.from('third '))
  outbox.flush()
  expect(outbox.buffer).toBe(second)
  sink.take()
  outbox.drained()
  expect(sink.received.toString()).toBe('first second third ')
  expect(outbox.empty).toBe(true)
})

it('gets any bytes through any kernel', () => {
  const random = new Random([9, 9, 9, 9])
  const sink = new SlowSink()
  const outbox = new Outbox(sink)
  const sent: Buffer[] = []
  for (let step = 0; step < 3000; step++) {
    const bytes = Buffer.alloc(random.int(random.int(40) === 0 ? 150_000 : 2000), random.int(256))
    switch (random.int(4)) {
      case 0:
        outbox.append(bytes)
        sent.push(bytes)
        break
      case 1:
        if (outbox.busy) {
          sink.take()
          outbox.drained()
        }
        break
      case 2:
        sink.answer =
          random.int(2) === 0 ? Written.done : random.int(2) === 0 ? Written.later : Written.handedOver
        if (!outbox.busy && !outbox.empty) outbox.flush()
        break
      default:
        put(outbox, bytes)
        sent.push(bytes)
    }
  }
  sink.answer = Written.done
  if (outbox.busy) {
    sink.take()
    outbox.drained()
  }
  outbox.flush()
  expect(sink.received.equals(Buffer.concat(sent))).toBe(true)
  expect(outbox.bytesOut).toBe(sink.received.length)
})
