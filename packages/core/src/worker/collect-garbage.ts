import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Trials after which a thread collects its garbage: it takes some 30 ms, and is never done while anything is measured. */
const PERIOD = 100

let collect: (() => void) | null = null

/**
 * Collects the garbage of this thread at once. V8 puts that off while there is memory, for each thread by itself, and does
 * not count shared memory at all: the buffers of many short trials would stay.
 */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}

/** To be told of each trial of this thread, between them. */
export class GarbageRounds {
  #trials = 0

  next(): void {
    this.#trials += 1
    if (this.#trials % PERIOD === 0) collectGarbage()
  }
}
