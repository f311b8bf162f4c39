import { ServerStage } from '../../engine/session.ts'
import type { Exchange } from '../../engine/session.ts'
import type { AnswerObserver } from './answer-observer.ts'

/** Where a server reports how long it took. Plain data. */
export interface StageSource {
  readonly stage: 'queue' | 'compute'
  /** The header that carries the time. */
  readonly header: string
  /** The metric in a header of the form of `Server-Timing` (`queue;dur=1.5, …`); without it the value is a number. */
  readonly metric?: string
  readonly unit: 'ns' | 'us' | 'ms' | 's'
}

const NANOS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } as const
const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DOT = 46
const COLON = 58
const SEMICOLON = 59
const EQUALS = 61
const BACKSLASH = 92

interface Source {
  readonly header: Uint8Array
  readonly metric: Uint8Array | null
  readonly stage: ServerStage
  readonly nanos: number
}

const DURATION: Uint8Array = Buffer.from('dur')

/** Reports the server's own times, read from the headers of each answer. */
export class StageObserver implements AnswerObserver {
  readonly #exchange: Pick<Exchange, 'serverStage'>
  readonly #sources: readonly Source[]

  constructor(exchange: Pick<Exchange, 'serverStage'>, sources: readonly StageSource[]) {
    this.#exchange = exchange
    this.#sources = sources.map(({ stage, header, metric, unit }) => ({
      header: Buffer.from(header.toLowerCase()),
      metric: metric === undefined ? null : Buffer.from(metric.toLowerCase()),
      stage: ServerStage[stage],
      nanos: NANOS[unit],
    }))
  }

  head(slot: number, _status: number, buffer: Uint8Array, start: number, end: number): void {
    for (let line = start; line < end;) {
      let next = line
      while (next < end && buffer[next] !== LF) next += 1
      this.#readLine(slot, buffer, line, next)
      line = next + 1
    }
  }

  #readLine(slot: number, buffer: Uint8Array, start: number, end: number): void {
    for (let index = 0; index < this.#sources.length; index++) {
      const source = this.#sources[index] as Source
      const colon = start + source.header.length
      if (buffer[colon] !== COLON || !matches(buffer, start, source.header)) continue
      const value =
        source.metric === null
          ? readNumber(buffer, colon + 1, end)
          : readMetric(buffer, colon + 1, end, source.metric)
      if (value >= 0) this.#exchange.serverStage(slot, source.stage, Math.round(value * source.nanos))
    }
  }
}

/** Finds `metric;dur=…` in a list of metrics (W3C Server Timing, §4); −1 when there is none. */
function readMetric(buffer: Uint8Array, start: number, end: number, metric: Uint8Array): number {
  let at = start
  while (at < end) {
    while (at < end && isSeparator(buffer[at] as number)) at += 1
    const after = at + metric.length
    const wanted =
      after <= end && matches(buffer, at, metric) && (after === end || !isName(buffer[after] as number))
    let quoted = false
    for (; at < end; at++) {
      const byte = buffer[at] as number
      if (byte === QUOTE) quoted = !quoted
      else if (quoted && byte === BACKSLASH) at += 1
      if (quoted) continue
      if (byte === COMMA) break
      if (!wanted || byte !== SEMICOLON) continue
      let name = at + 1
      while (name < end && isBlank(buffer[name] as number)) name += 1
      let equals = name + DURATION.length
      if (equals >= end || !matches(buffer, name, DURATION)) continue
      while (equals < end && isBlank(buffer[equals] as number)) equals += 1
      if (buffer[equals] === EQUALS) return readNumber(buffer, equals + 1, end)
    }
  }
  return -1
}

/** A decimal number, possibly quoted; −1 when there is none. */
export function readNumber(buffer: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && (isBlank(buffer[at] as number) || buffer[at] === QUOTE)) at += 1
  let value = 0
  let scale = 0
  let digits = 0
  for (; at < end; at++) {
    const byte = buffer[at] as number
    if (byte === DOT && scale === 0) {
      scale = 1
    } else if (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48)
      digits += 1
      if (scale > 0) scale *= 10
    } else {
      break
    }
  }
  if (digits === 0 || digits > 20) return -1
  return scale > 1 ? value / scale : value
}

/** Whether the bytes from `at` on are those of a name in lower case, but for the case. */
export function matches(buffer: Uint8Array, at: number, lower: Uint8Array): boolean {
  for (let index = 0; index < lower.length; index++) {
    const byte = buffer[at + index] as number
    if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== lower[index]) return false
  }
  return true
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR
}

function isSeparator(byte: number): boolean {
  return byte === COMMA || isBlank(byte)
}

function isName(byte: number): boolean {
  return byte !== SEMICOLON && !isSeparator(byte)
}
