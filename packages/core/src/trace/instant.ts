import type { TraceUnit } from '../arrival/load-plan.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'

/**
 * An instant as whole seconds and the nanoseconds beyond: in one number of nanoseconds, instants since 1970 would be off
 * by hundreds of them.
 */
export interface Instant {
  readonly seconds: number
  readonly nanos: Nanos
}

/** Reads an instant; a sentence that says what it is not when the text is none. */
export function parseInstant(text: string, unit: TraceUnit): Instant | string {
  return unit === 'iso' ? parseDate(text) : parseDecimal(text, SECONDS_PER_UNIT[unit])
}

/** Digits between the unit and the second. */
const SECONDS_PER_UNIT: Readonly<Record<Exclude<TraceUnit, 'iso'>, number>> = { s: 0, ms: 3, us: 6, ns: 9 }
/** Beyond this (the year 33658) a number is no instant, or of another unit. */
const LATEST_SECONDS = 1e12

const ZERO = 48
const NINE = 57
const POINT = 46

/** Decimal notation, exactly: `1700000000.1234567` s keeps its 100 ns. */
function parseDecimal(text: string, shift: number): Instant | string {
  const plain = text.trim()
  let point = plain.indexOf('.')
  if (point < 0) point = plain.length
  if (plain.length === 0 || plain.length > 40) return 'is no number'
  if (plain.charCodeAt(0) === 45) return 'is negative'
  for (let index = 0; index < plain.length; index++) {
    const code = plain.charCodeAt(index)
    if ((code < ZERO || code > NINE) && index !== point) return parseExponent(plain, shift)
  }
  if (plain.length === 1 && point === 0) return 'is no number'
  // Whole seconds end `shift` digits before the point; nine digits follow.
  const end = point - shift
  const seconds = end > 0 ? Number(plain.slice(0, end)) : 0
  if (!(seconds < LATEST_SECONDS)) return 'is too large for an instant in this unit'
  let nanos = 0
  for (let digit = 0; digit < 9; digit++) {
    let at = end + digit
    if (at >= point) at += 1
    const code = at >= 0 && at < plain.length ? plain.charCodeAt(at) : ZERO
    nanos = nanos * 10 + (code === POINT ? 0 : code - ZERO)
  }
  return { seconds, nanos }
}

/** Such as `1.7e9`: not exact, but legal. */
function parseExponent(text: string, shift: number): Instant | string {
  const value = /^\+?\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(value)) return 'is no number'
  const inSeconds = value / POWERS[shift]!
  if (!(inSeconds < LATEST_SECONDS)) return 'is too large for an instant in this unit'
  const seconds = Math.floor(inSeconds)
  return { seconds, nanos: Math.round((inSeconds - seconds) * SECOND) }
}

const POWERS: Readonly<Record<number, number>> = { 0: 1, 3: 1e3, 6: 1e6, 9: 1e9 }

/**
 * A date and time such as `2023-11-16 18:15:46.6805900`, with `T` or a blank, up to nine decimals, and a zone or none
 * (then it is taken for UTC: only differences matter).
 */
function parseDate(text: string): Instant | string {
  const plain = text.trim()
  const year = digits(plain, 0, 4)
  const month = digits(plain, 5, 2)
  const day = digits(plain, 8, 2)
  const hour = digits(plain, 11, 2)
  const minute = digits(plain, 14, 2)
  const second = digits(plain, 17, 2)
  const separators =
    plain[4] === '-' &&
    plain[7] === '-' &&
    (plain[10] === ' ' || plain[10] === 'T') &&
    plain[13] === ':' &&
    plain[16] === ':'
  const inRange =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(year, month) &&
    hour >= 0 &&
    hour < 24 &&
    minute >= 0 &&
    minute < 60
  if (!separators || !inRange || !(year >= 0) || !(second >= 0 && second <= 60)) return 'is no date and time'
  let at = 19
  let nanos = 0
  if (plain.charCodeAt(at) === POINT) {
    at += 1
    let weight = 100_000_000
    for (; isDigit(plain, at); at++) {
      nanos += (plain.charCodeAt(at) - ZERO) * weight
      weight = Math.floor(weight / 10)
    }
  }
  const offset = zoneOffset(plain.slice(at))
  if (offset === undefined) return 'has no zone of the form Z or +02:00'
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset
  return { seconds, nanos }
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] as number)
}

function zoneOffset(zone: string): number | undefined {
  if (zone === '' || zone === 'Z' || zone === ' UTC') return 0
  const found = /^([+-])(\d\d):?(\d\d)$/.exec(zone)
  if (found === null) return undefined
  const size = Number(found[2]) * 3600 + Number(found[3]) * 60
  return found[1] === '-' ? -size : size
}

/** NaN unless all of them are digits. */
function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let index = from; index < from + count; index++) {
    if (!isDigit(text, index)) return Number.NaN
    value = value * 10 + (text.charCodeAt(index) - ZERO)
  }
  return value
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= ZERO && code <= NINE
}
