import type { Problem } from '../errors/validation-error.ts'

/** Collects everything that is wrong (or odd) with a piece of input, so that all of it is told at once. */
export class Problems {
  readonly errors: Problem[] = []
  readonly warnings: Problem[] = []

  error(path: string, message: string, suggestion?: string): void {
    this.errors.push(suggestion === undefined ? { path, message } : { path, message, suggestion })
  }

  warn(path: string, message: string): void {
    this.warnings.push({ path, message })
  }
}

/** A value as it appears in a message: short, quoted where it is text. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 39)}…` : value}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'symbol') return 'a symbol'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
    return typeof name === 'string' && name !== 'Object' ? `a ${name}` : 'an object'
  }
  return String(value)
}
