import type { Http2Stream } from './stream.ts'

const SIZE = 1024
const MAX_REMEMBERED = 4096

/**
 * The open streams of a connection by id. A client's ids are odd and ascend, so the place in a ring follows from the id;
 * a stream that is still open when the ring comes round moves to a map.
 */
export class StreamTable<Meaning> {
  readonly #ring: (Http2Stream<Meaning> | undefined)[] = Array.from({ length: SIZE }, () => undefined)
  readonly #old = new Map<number, Http2Stream<Meaning>>()

  add(stream: Http2Stream<Meaning>): void {
    const place = (stream.id >>> 1) & (SIZE - 1)
    const older = this.#ring[place]
    if (older !== undefined) this.#old.set(older.id, older)
    this.#ring[place] = stream
  }

  find(id: number): Http2Stream<Meaning> | undefined {
    const stream = this.#ring[(id >>> 1) & (SIZE - 1)]
    if (stream !== undefined && stream.id === id) return stream
    return this.#old.size === 0 ? undefined : this.#old.get(id)
  }

  remove(id: number): void {
    const place = (id >>> 1) & (SIZE - 1)
    if (this.#ring[place]?.id === id) this.#ring[place] = undefined
    else this.#old.delete(id)
  }

  /** Oldest first. */
  all(): Http2Stream<Meaning>[] {
    const streams = [...this.#old.values(), ...this.#ring.filter((stream) => stream !== undefined)]
    return streams.toSorted((left, right) => left.id - right.id)
  }
}

/**
 * The streams that this side has reset: what was on its way for them is dropped, whereas a frame for a stream that both
 * sides had finished is an error. Remembers the newest ones; about older ones it is lenient.
 */
export class ResetStreams {
  readonly #ids = new Set<number>()
  #forgotten = 0

  add(id: number): void {
    this.#ids.add(id)
    if (this.#ids.size <= MAX_REMEMBERED) return
    const [oldest] = this.#ids as Iterable<number> as [number]
    this.#ids.delete(oldest)
    this.#forgotten = Math.max(this.#forgotten, oldest)
  }

  has(id: number): boolean {
    return id <= this.#forgotten || this.#ids.has(id)
  }
}
