/**
 * What the main thread and the inference threads share: a queue of executions in shared memory. An execution occupies a
 * slot: the main thread fills the slot's request area and posts its number; the first inference thread that is free
 * takes it, runs it, fills the slot's reply area and marks it done. No message is sent while threads are busy.
 *
 * Areas are growable shared buffers: they reserve address space and take memory as needed.
 */
export interface ExecutionRing {
  readonly slots: number
  /** Control words, see {@link Word}; then the state of each slot; then the queue of posted slots. */
  readonly words: Int32Array
  /** {@link INSTANTS} per slot, written by the inference thread; then the alarm. Nanoseconds, monotonic. */
  readonly instants: Float64Array
  readonly requests: readonly SharedArrayBuffer[]
  readonly replies: readonly SharedArrayBuffer[]
}

/** Positions in `words`. */
export const Word = {
  /** Changes whenever there is something to do: what idle inference threads sleep on. */
  epoch: 0,
  /** Executions taken and posted since the start. */
  head: 1,
  tail: 2,
  /** What the main thread sleeps on: 1 while a wake-up is under way. */
  wake: 3,
  /** Changes when inference threads have a command to read. */
  commands: 4,
  /** Changes when the main thread has a report to read. */
  reports: 5,
  states: 8,
} as const

export const SlotState = { posted: 1, done: 2, failed: 3 } as const

/** Positions in a slot's `instants`. */
export const Instant = { taken: 0, inferStart: 1, inferEnd: 2, finished: 3 } as const
export const INSTANTS = 4

const INITIAL_AREA = 65_536

export function createRing(slots: number, largestArea: number): ExecutionRing {
  const area = (): SharedArrayBuffer =>
    new SharedArrayBuffer(INITIAL_AREA, { maxByteLength: Math.max(largestArea, INITIAL_AREA) })
  return {
    slots,
    words: new Int32Array(new SharedArrayBuffer(4 * (Word.states + 2 * slots))),
    instants: new Float64Array(new SharedArrayBuffer(8 * (INSTANTS * slots + 1))),
    requests: Array.from({ length: slots }, area),
    replies: Array.from({ length: slots }, area),
  }
}

/** Makes an area at least `bytes` long. @throws {RangeError} when that is more than the area may grow to. */
export function ensureArea(area: SharedArrayBuffer, bytes: number): void {
  if (area.byteLength >= bytes) return
  area.grow(Math.min(area.maxByteLength, Math.max(bytes, 2 * area.byteLength)))
  if (area.byteLength < bytes)
    throw new RangeError(`${bytes} bytes are more than the limit of ${area.maxByteLength}.`)
}

/** Main thread: hands a filled slot to the inference threads. */
export function postSlot(ring: ExecutionRing, slot: number): void {
  const { words, slots } = ring
  const tail = Atomics.load(words, Word.tail)
  Atomics.store(words, Word.states + slot, SlotState.posted)
  Atomics.store(words, queuePosition(slots, tail), slot)
  Atomics.store(words, Word.tail, (tail + 1) | 0)
  Atomics.add(words, Word.epoch, 1)
  Atomics.notify(words, Word.epoch, 1)
}

/** Inference thread: takes the oldest posted slot, or returns −1. */
export function takeSlot(ring: ExecutionRing): number {
  const { words, slots } = ring
  for (;;) {
    const head = Atomics.load(words, Word.head)
    if (head === Atomics.load(words, Word.tail)) return -1
    const slot = Atomics.load(words, queuePosition(slots, head))
    if (Atomics.compareExchange(words, Word.head, head, (head + 1) | 0) === head) return slot
  }
}

/** The counters wrap at 2^32; `slots` must be a power of two. */
function queuePosition(slots: number, count: number): number {
  return Word.states + slots + (count & (slots - 1))
}

/** Inference thread: makes the main thread look at the slots, the alarm and the reports; one wake-up serves many. */
export function wakeMain(ring: ExecutionRing): void {
  if (Atomics.exchange(ring.words, Word.wake, 1) === 0) Atomics.notify(ring.words, Word.wake)
}

export function setAlarm(ring: ExecutionRing, nanos: number): void {
  ring.instants[INSTANTS * ring.slots] = nanos
}

export function readAlarm(ring: ExecutionRing): number {
  return ring.instants[INSTANTS * ring.slots] as number
}
