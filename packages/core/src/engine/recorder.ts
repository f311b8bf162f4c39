import { BLOCK_ROWS, createRecordBlock, type RecordBlock, type RecordPhase } from '../report/record-block.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Outcome } from './outcome.ts'
import type { Prepared } from './session.ts'
import type { SlotTable } from './slot-table.ts'

/** Takes full (or aged) blocks away; the block comes back through {@link Recorder.recycle}. */
export type BlockSink = (block: RecordBlock, rows: number) => void

/** A reader that keeps up has one or two; each is 7 MB. */
const MOST_FREE = 4
const NOTHING: RecordBlock = createRecordBlock(0)

/**
 * Writes one row per settled request into the current block. No allocation per row: blocks are recycled, and a new one
 * is made only when the reader has fallen behind.
 */
export class Recorder {
  readonly #sink: BlockSink
  readonly #capacity: number
  readonly #free: RecordBlock[]
  #block: RecordBlock
  #rows = 0
  #blocksMade = 1

  /** @param free blocks of this capacity that can be written to; those that come back are kept there for the next one */
  constructor(sink: BlockSink, capacity: number = BLOCK_ROWS, free: RecordBlock[] = []) {
    this.#sink = sink
    this.#capacity = capacity
    this.#free = free
    this.#block = free.pop() ?? createRecordBlock(capacity)
  }

  /** How many blocks exist: more than a few mean that the reader lags behind. */
  get blocksMade(): number {
    return this.#blocksMade
  }

  /** A request that was dispatched. */
  settled(
    slots: SlotTable,
    slot: number,
    prepared: Prepared,
    phase: RecordPhase,
    outcome: Outcome,
    code: number,
    completion: Nanos,
  ): void {
    const block = this.#block
    const row = this.#rows
    const sent = slots.sent[slot] as number
    block.unit[row] = slots.unit[slot] as number
    block.intended[row] = slots.intended[slot] as number
    block.dispatched[row] = slots.dispatched[slot] as number
    block.sent[row] = sent
    block.firstByte[row] = slots.firstByte[slot] as number
    block.completion[row] = completion
    block.serverQueue[row] = slots.serverQueue[slot] as number
    block.serverCompute[row] = slots.serverCompute[slot] as number
    block.bytesOut[row] = sent === sent ? prepared.bytes.length : 0
    block.bytesIn[row] = slots.bytesIn[slot] as number
    block.index[row] = slots.index[slot] as number
    block.code[row] = code
    block.items[row] = prepared.items
    block.messages[row] = slots.messages[slot] as number
    block.payload[row] = prepared.index
    block.attempt[row] = slots.attempt[slot] as number
    block.outcome[row] = outcome
    block.phase[row] = phase
    block.stream[row] = slots.stream[slot] as number
    this.#advance()
  }

  /** A request that never got a slot. */
  unsent(
    stream: number,
    unit: number,
    index: number,
    intended: Nanos,
    phase: RecordPhase,
    outcome: Outcome,
    completion: Nanos,
  ): void {
    const block = this.#block
    const row = this.#rows
    block.unit[row] = unit
    block.intended[row] = intended
    block.dispatched[row] = NaN
    block.sent[row] = NaN
    block.firstByte[row] = NaN
    block.completion[row] = completion
    block.serverQueue[row] = NaN
    block.serverCompute[row] = NaN
    block.bytesOut[row] = 0
    block.bytesIn[row] = 0
    block.index[row] = index
    block.code[row] = 0
    block.items[row] = 0
    block.messages[row] = 0
    block.payload[row] = -1
    block.attempt[row] = 0
    block.outcome[row] = outcome
    block.phase[row] = phase
    block.stream[row] = stream
    this.#advance()
  }

  /** Hands over what has been written so far; called once a second. */
  flush(): void {
    if (this.#rows === 0) return
    const block = this.#block
    const rows = this.#rows
    this.#rows = 0
    const next = this.#free.pop()
    if (next) this.#block = next
    else {
      this.#block = createRecordBlock(this.#capacity)
      this.#blocksMade += 1
    }
    this.#sink(block, rows)
  }

  /** Hands over the rest: nothing is written any more. */
  end(): void {
    const block = this.#block
    const rows = this.#rows
    this.#rows = 0
    this.#block = NOTHING
    if (rows > 0) this.#sink(block, rows)
    else this.recycle(block)
  }

  recycle(block: RecordBlock): void {
    if (this.#free.length < MOST_FREE) this.#free.push(block)
  }

  #advance(): void {
    this.#rows += 1
    if (this.#rows === this.#capacity) this.flush()
  }
}
