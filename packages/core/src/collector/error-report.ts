import { readFileSync } from 'node:fs'
import { ServebenchError } from '../errors/servebench-error.ts'
import { placeOf } from '../dsl/place.ts'
import { show } from '../dsl/problems.ts'
import type { Place } from '../dsl/tree.ts'
import { codeFrame } from './code-frame.ts'
import { getPlace } from './place-of-error.ts'
import { isUserPath } from './user-module.ts'

/** Something that was thrown in (or because of) a user's file, as plain data. */
export interface ErrorReport {
  /** `TypeError: x is not a function`, with the messages of its causes. */
  readonly message: string
  readonly advice: string | null
  readonly place: Place | null
  /** The lines around the place. */
  readonly frame: string | null
  /** The frames of the stack that lie in the user's files, innermost first. */
  readonly stack: readonly string[]
}

export function reportError(thrown: unknown): ErrorReport {
  if (!(thrown instanceof Error)) {
    return {
      message: `${show(thrown)} was thrown.`,
      advice: 'Throw an Error, which says where it comes from.',
      place: null,
      frame: null,
      stack: [],
    }
  }
  const stack = userFrames(thrown)
  const place = getPlace(thrown) ?? headPlace(thrown) ?? stack[0]?.place ?? null
  return {
    message: withCauses(thrown),
    advice: thrown instanceof ServebenchError ? (thrown.advice ?? null) : null,
    place,
    frame: place && readFrame(place),
    stack: stack.map((frame) => frame.line),
  }
}

interface StackFrame {
  readonly line: string
  readonly place: Place
}

function userFrames(error: Error): readonly StackFrame[] {
  return (error.stack ?? '').split('\n').flatMap((line) => {
    const place = placeOf(line)
    return place !== null && isUserPath(place.file) && !place.file.startsWith('node:')
      ? [{ line: line.trim(), place }]
      : []
  })
}

/** Where V8 found a module that does not link: `file:///a.bench.ts:2` stands above the message. */
function headPlace(error: Error): Place | null {
  if (!(error instanceof SyntaxError)) return null
  const [head = '', text = '', mark = ''] = (error.stack ?? '').split('\n')
  const line = /:(\d+)$/.exec(head)?.[1]
  const place = line === undefined ? null : placeOf(`at ${head}:${Math.max(1, mark.indexOf('^') + 1)}`)
  if (place === null || !isUserPath(place.file)) return null
  return locateText(place, text)
}

/** The generated code and the source may differ in their lines: finds the text that was shown, if it is there once. */
function locateText(place: Place, text: string): Place {
  const source = readText(place.file)?.split(/\r?\n/) ?? []
  if (source[place.line - 1] === text) return place
  const squeezed = text.replace(/[\s;'"]/g, '')
  const index = source.findIndex((line) => line.replace(/[\s;'"]/g, '') === squeezed)
  return index < 0 ? place : { ...place, line: index + 1 }
}

function withCauses(error: Error): string {
  const name = error instanceof ServebenchError ? '' : `${error.name}: `
  const cause = error.cause instanceof Error ? ` (${withCauses(error.cause)})` : ''
  return `${name}${error.message}${cause}`
}

function readFrame(place: Place): string | null {
  const text = readText(place.file)
  return text === undefined ? null : codeFrame(text, place.line, place.column)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
