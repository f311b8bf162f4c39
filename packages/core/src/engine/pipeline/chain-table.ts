import type { Nanos } from '../../units/nanos.ts'
import type { Patch } from '../session.ts'

/** Where the chain of a slot stands. */
export const ChainState = {
  idle: 0,
  /** With the session of its step. */
  asking: 1,
  /** Between two steps, or in a step that is a function. */
  calling: 2,
  /** Given up while its step's session still holds it. */
  cancelled: 3,
} as const
export type ChainState = (typeof ChainState)[keyof typeof ChainState]

/** Odd, so that multiples of it differ: salts of the steps of one chain do. */
const GOLDEN = 0x9e3779b1

/**
 * The chain in each slot, as columns: where it stands, and the instants of its steps. Grows with the slots that are used;
 * nothing is allocated per request.
 */
export class ChainTable {
  readonly steps: number
  state: Uint8Array
  step: Int32Array
  /** Of the answer of the last step. */
  bytesIn: Float64Array
  /** Changes with every chain: what comes back late belongs to another one. */
  token: Uint32Array
  unit: Float64Array
  saltLow: Uint32Array
  saltHigh: Uint32Array
  start: Uint8Array
  end: Uint8Array
  /** By slot and step: see {@link at}. */
  due: Float64Array
  opened: Float64Array
  sent: Float64Array
  firstByte: Float64Array
  ended: Float64Array
  serverQueue: Float64Array
  serverCompute: Float64Array
  #capacity = 0

  constructor(steps: number) {
    this.steps = steps
    this.state = new Uint8Array(0)
    this.step = new Int32Array(0)
    this.bytesIn = new Float64Array(0)
    this.token = new Uint32Array(0)
    this.unit = new Float64Array(0)
    this.saltLow = new Uint32Array(0)
    this.saltHigh = new Uint32Array(0)
    this.start = new Uint8Array(0)
    this.end = new Uint8Array(0)
    this.due = new Float64Array(0)
    this.opened = new Float64Array(0)
    this.sent = new Float64Array(0)
    this.firstByte = new Float64Array(0)
    this.ended = new Float64Array(0)
    this.serverQueue = new Float64Array(0)
    this.serverCompute = new Float64Array(0)
  }

  /** The row of a slot's step. */
  at(slot: number, step: number): number {
    return slot * this.steps + step
  }

  /** A chain begins in a slot. */
  begin(slot: number, now: Nanos, patch: Patch): void {
    if (slot >= this.#capacity) this.#grow(slot)
    this.token[slot]! += 1
    this.unit[slot] = patch.unit
    this.saltLow[slot] = patch.saltLow
    this.saltHigh[slot] = patch.saltHigh
    this.start[slot] = patch.start ? 1 : 0
    this.end[slot] = patch.end ? 1 : 0
    this.bytesIn[slot] = 0
    this.enter(slot, 0, now)
  }

  /** The chain of a slot has come to a step. */
  enter(slot: number, step: number, due: Nanos): void {
    const row = this.at(slot, step)
    this.step[slot] = step
    this.state[slot] = ChainState.calling
    this.due[row] = due
    this.opened[row] = NaN
    this.sent[row] = NaN
    this.firstByte[row] = NaN
    this.ended[row] = NaN
    this.serverQueue[row] = NaN
    this.serverCompute[row] = NaN
  }

  /** What the payload of the step that a slot is at is patched with: salts differ from step to step. */
  fill(slot: number, patch: Patch): void {
    const unit = this.unit[slot] as number
    patch.unit = unit
    patch.sequence = unit + 1
    patch.start = this.start[slot] === 1
    patch.end = this.end[slot] === 1
    patch.saltLow = ((this.saltLow[slot] as number) ^ Math.imul(this.step[slot] as number, GOLDEN)) >>> 0
    patch.saltHigh = this.saltHigh[slot] as number
  }

  #grow(slot: number): void {
    const slots = Math.max(64, this.#capacity * 2, slot + 1)
    const rows = slots * this.steps
    this.#capacity = slots
    this.state = copied(this.state, new Uint8Array(slots))
    this.step = copied(this.step, new Int32Array(slots))
    this.bytesIn = copied(this.bytesIn, new Float64Array(slots))
    this.token = copied(this.token, new Uint32Array(slots))
    this.unit = copied(this.unit, new Float64Array(slots))
    this.saltLow = copied(this.saltLow, new Uint32Array(slots))
    this.saltHigh = copied(this.saltHigh, new Uint32Array(slots))
    this.start = copied(this.start, new Uint8Array(slots))
    this.end = copied(this.end, new Uint8Array(slots))
    this.due = copied(this.due, new Float64Array(rows))
    this.opened = copied(this.opened, new Float64Array(rows))
    this.sent = copied(this.sent, new Float64Array(rows))
    this.firstByte = copied(this.firstByte, new Float64Array(rows))
    this.ended = copied(this.ended, new Float64Array(rows))
    this.serverQueue = copied(this.serverQueue, new Float64Array(rows))
    this.serverCompute = copied(this.serverCompute, new Float64Array(rows))
  }
}

type Column = Uint8Array | Int32Array | Uint32Array | Float64Array

function copied<T extends Column>(from: T, to: T): T {
  to.set(from)
  return to
}
