import { formatSize } from './quantity.ts'

/** `120/s`, `8 users`, `6.59 users`. */
export function formatLoad(vary: 'rate' | 'concurrency', value: number): string {
  if (vary === 'rate') return `${Number(value.toPrecision(5))}/s`
  // A part of a user is one who is there for that part of the time.
  return `${formatSize(value)} ${value === 1 ? 'user' : 'users'}`
}
