import { valueAtPointer } from '../../report/json-pointer.ts'

const NUMBER = /[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/i

/**
 * The number in what a meter answers.
 * @throws {Error} when there is none
 */
export function findValue(answer: string, pointer: string | null, pattern: string | null): number {
  const found = pointer === null ? textAt(answer, pattern) : valueAtPointer(JSON.parse(answer), pointer)
  const value = typeof found === 'number' ? found : found === undefined ? NaN : Number(found)
  if (Number.isFinite(value)) return value
  const place = pointer ?? pattern ?? 'anywhere'
  throw new Error(`there is no number (${place}) in ${JSON.stringify(answer.slice(0, 200))}`)
}

function textAt(answer: string, pattern: string | null): string | undefined {
  return pattern === null ? NUMBER.exec(answer)?.[0] : new RegExp(pattern).exec(answer)?.[1]
}
