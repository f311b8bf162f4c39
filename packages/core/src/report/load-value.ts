import { formatCount } from './quantity.ts'

/** `120/s`, `8 users`. */
export function formatLoad(vary: 'rate' | 'concurrency', value: number): string {
  if (vary === 'rate') return `${Number(value.toPrecision(5))}/s`
  return `${formatCount(value)} ${value === 1 ? 'user' : 'users'}`
}
