import type { Place } from './tree.ts'

/** The place that called `below`; `null` where the engine does not tell. Source maps apply where they are enabled. */
export function callerOf(below: (...args: never[]) => unknown): Place | null {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, below)
  return placeOf(trace.stack?.split('\n')[1] ?? '')
}

/** Reads one line of a stack trace: `at name (file:///bench/a.bench.ts:3:5)`, with or without a name or a scheme. */
export function placeOf(frame: string): Place | null {
  const match = /^\s*at (?:.*\()?([^()]+?):(\d+):(\d+)\)?$/.exec(frame)
  if (!match) return null
  const [, location, line, column] = match as unknown as [string, string, string, string]
  const file = filePath(location.replace(/^async /, ''))
  return file === null ? null : { file, line: Number(line), column: Number(column) }
}

function filePath(location: string): string | null {
  if (!location.startsWith('file://')) return /^([/\\]|[A-Za-z]:[/\\])/.test(location) ? location : null
  const path = decodeURIComponent(new URL(location).pathname)
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path
}
