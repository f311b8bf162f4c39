import { FailureKind, failureName, Outcome } from '../engine/outcome.ts'
import { failureKindOf, failureStatusOf, type RecordBlock } from '../report/record-block.ts'
import type { Nanos } from '../units/nanos.ts'
import { orderByUnit } from './order.ts'
import { SampleStore } from './sample-store.ts'

const COLUMNS = [
  'unit',
  'step',
  'outcome',
  'intended',
  'dispatched',
  'sent',
  'firstByte',
  'completion',
  'serverQueue',
  'serverCompute',
  'payload',
  'code',
] as const
type Column = (typeof COLUMNS)[number]

/** The population of one stream: every request whose intended start lies in the measurement, once. */
export class StreamSamples implements Disposable {
  readonly #store: SampleStore<Column>
  /** Outcomes of the population by {@link Outcome}. */
  readonly outcomes: Float64Array = new Float64Array(8)
  readonly failures: Map<number, number> = new Map()
  sent = 0
  /** Completed, but of the wrong size or hash. */
  unexpected = 0
  items = 0

  constructor(spillPath: string) {
    this.#store = new SampleStore(COLUMNS, spillPath)
  }

  get rows(): number {
    return this.#store.rows
  }

  /** A row of the population; retried attempts only count as such. */
  add(block: RecordBlock, row: number): void {
    const outcome = block.outcome[row] as number
    this.outcomes[outcome]! += 1
    if (outcome === Outcome.retried) return
    const code = block.code[row] as number
    if (outcome === Outcome.failed) this.failures.set(code, (this.failures.get(code) ?? 0) + 1)
    else if (code !== 0 && failureKindOf(code) === FailureKind.unexpected) this.unexpected += 1
    const sent = block.sent[row] as number
    if (sent === sent) this.sent += 1
    if (outcome === Outcome.completed) this.items += block.items[row] as number
    const chunk = this.#store.chunk
    let at = this.#store.position
    chunk[at] = block.unit[row] as number
    chunk[(at += STRIDE)] = block.index[row] as number
    chunk[(at += STRIDE)] = outcome
    chunk[(at += STRIDE)] = block.intended[row] as number
    chunk[(at += STRIDE)] = block.dispatched[row] as number
    chunk[(at += STRIDE)] = sent
    chunk[(at += STRIDE)] = block.firstByte[row] as number
    chunk[(at += STRIDE)] = block.completion[row] as number
    chunk[(at += STRIDE)] = block.serverQueue[row] as number
    chunk[(at += STRIDE)] = block.serverCompute[row] as number
    chunk[(at += STRIDE)] = block.payload[row] as number
    chunk[at + STRIDE] = code
    this.#store.advance()
  }

  failureCounts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [code, count] of [...this.failures].sort((a, b) => b[1] - a[1])) {
      counts[failureName(failureKindOf(code), failureStatusOf(code))] = count
    }
    return counts
  }

  /** The samples in the order of the intended starts. */
  ordered(): OrderedSamples {
    const order = orderByUnit(this.#store.column('unit'), this.#store.column('step'))
    return new OrderedSamples(order.length, (name) => {
      const values = this.#store.column(name)
      const ordered = new Float64Array(values.length)
      for (let row = 0; row < values.length; row++) ordered[row] = values[order[row] as number] as number
      return ordered
    })
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
  }
}

const STRIDE = SampleStore.stride

/** Reads one column in the order of the intended starts. */
type ReadColumn = (name: Column) => Float64Array

/** A population in the order of its intended starts; columns are read when they are asked for. */
export class OrderedSamples {
  readonly #read: ReadColumn
  readonly count: number
  readonly outcome: Float64Array
  readonly intended: Float64Array
  readonly completion: Float64Array

  constructor(count: number, read: ReadColumn) {
    this.#read = read
    this.count = count
    this.outcome = read('outcome')
    this.intended = read('intended')
    this.completion = read('completion')
  }

  /** Several populations as one. */
  static merged(parts: readonly OrderedSamples[]): OrderedSamples {
    const from = mergeOrder(parts.map((part) => part.intended))
    return new OrderedSamples(from.length, (name) => {
      const columns = parts.map((part) => part.#read(name))
      const next = new Uint32Array(parts.length)
      const merged = new Float64Array(from.length)
      for (let row = 0; row < from.length; row++) {
        const part = from[row] as number
        merged[row] = (columns[part] as Float64Array)[next[part] as number] as number
        next[part]! += 1
      }
      return merged
    })
  }

  /** Of failures, as records have it. */
  code(): Float64Array {
    return this.#read('code')
  }
  payload(): Float64Array {
    return this.#read('payload')
  }
  dispatched(): Float64Array {
    return this.#read('dispatched')
  }
  sent(): Float64Array {
    return this.#read('sent')
  }
  firstByte(): Float64Array {
    return this.#read('firstByte')
  }
  serverQueue(): Float64Array {
    return this.#read('serverQueue')
  }
  serverCompute(): Float64Array {
    return this.#read('serverCompute')
  }
}

/** For each row of the merged order, which list it comes from. */
function mergeOrder(lists: readonly Float64Array[]): Uint8Array {
  const from = new Uint8Array(lists.reduce((sum, list) => sum + list.length, 0))
  const next = new Uint32Array(lists.length)
  for (let row = 0; row < from.length; row++) {
    let best = -1
    let earliest = Infinity
    for (let list = 0; list < lists.length; list++) {
      const value = (lists[list] as Float64Array)[next[list] as number]
      if (value !== undefined && (best < 0 || value < earliest)) {
        best = list
        earliest = value
      }
    }
    from[row] = best
    next[best]! += 1
  }
  return from
}

/** `end − start` where the outcome fits and both instants exist. */
export function durations(
  samples: { readonly outcome: Float64Array },
  end: Float64Array,
  start: Float64Array | null,
  wanted: (outcome: number) => boolean,
): Float64Array {
  const { outcome } = samples
  const values = new Float64Array(outcome.length)
  let count = 0
  for (let row = 0; row < outcome.length; row++) {
    if (!wanted(outcome[row] as number)) continue
    const value: Nanos = (end[row] as number) - (start === null ? 0 : (start[row] as number))
    if (value === value) values[count++] = Math.max(0, value)
  }
  return values.subarray(0, count)
}
