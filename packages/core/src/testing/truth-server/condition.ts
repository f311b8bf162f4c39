import { parseDuration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import { uniform } from './draw.ts'
import type { Condition } from './program.ts'

const PURPOSE = 1000

/** What a rule can see of a request when its header block is there. */
export interface RequestHead {
  readonly method: string
  readonly path: string
  header(name: string): string | undefined
}

export type Matcher = (head: RequestHead, index: number, connection: number, clock: Nanos) => boolean

/** @param position of the rule: rules with a `share` draw independently of each other. */
export function matcher(condition: Condition, seed: number, position: number): Matcher {
  const tests: Matcher[] = []
  const { path, method, headers, every, from, until, indices, connection, share, during } = condition
  if (path !== undefined) {
    const prefix = path.endsWith('*') ? path.slice(0, -1) : undefined
    tests.push((head) => {
      const bare = head.path.split('?', 1)[0] as string
      return prefix === undefined ? bare === path : bare.startsWith(prefix)
    })
  }
  if (method !== undefined) tests.push((head) => head.method === method)
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase()
    tests.push((head) => head.header(lower) === value)
  }
  if (every !== undefined) tests.push((_, index) => index % every === every - 1)
  if (from !== undefined) tests.push((_, index) => index >= from)
  if (until !== undefined) tests.push((_, index) => index < until)
  if (indices !== undefined) {
    const set = new Set(indices)
    tests.push((_, index) => set.has(index))
  }
  if (connection !== undefined) tests.push((_head, _index, number) => number === connection)
  if (during !== undefined) {
    const [begin, end] = [parseDuration(during.from), parseDuration(during.until)]
    tests.push((_head, _index, _connection, clock) => clock >= begin && clock < end)
  }
  if (share !== undefined) tests.push((_, index) => uniform(seed, PURPOSE + position, index) < share)
  return (head, index, number, clock) => tests.every((test) => test(head, index, number, clock))
}
