import { formatBytes } from '../units/bytes.ts'
import { formatDuration } from '../units/duration.ts'
import type { Interval } from './result.ts'

/** What stands for a value that is not known. */
export const NOTHING = '–'

/** Whole numbers; from 10 000 on in groups of three, by a space that does not break. */
export function formatCount(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NOTHING
  const digits = String(Math.round(value))
  return Math.abs(value) < 9999.5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, '\u00a0')
}

/** A size or a number of things: whole numbers as such, others in three digits. */
export function formatSize(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : formatNumber(value)
}

/** Three significant digits: `0.042`, `8.15`, `399`, `4012`, `12 345`. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NOTHING
  const size = Math.abs(value)
  if (size >= 99.95) return formatCount(value)
  if (size >= 9.995) return value.toFixed(1)
  if (size >= 0.9995 || size === 0) return value.toFixed(2)
  return size >= 0.0005 ? value.toPrecision(2) : value.toExponential(1)
}

export function formatRate(value: number | null): string {
  return value === null ? NOTHING : `${formatNumber(value)}/s`
}

/** A share from 0 to 1 in percent: `0.3 %`, `100 %`. */
export function formatShare(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NOTHING
  const percent = value * 100
  return `${Math.abs(percent) < 0.0005 && percent !== 0 ? percent.toExponential(1) : Number(percent.toPrecision(3))} %`
}

export function formatNanos(value: number | null): string {
  return value === null ? NOTHING : formatDuration(value)
}

/** An interval in the unit of its value, which is written with it: `[8.75, 9.67]`, or `[8.75, ∞)` without an upper end. */
export function formatNanosInterval(value: number | null, interval: Interval | null | undefined): string {
  if (interval === null || interval === undefined) return ''
  const [low, high] = interval
  const size = UNITS.find(([from]) => (value ?? low) >= from)?.[1] ?? 1
  return bracket(low / size, high === null ? null : high / size)
}

export function formatNumberInterval(interval: Interval | null | undefined): string {
  return interval === null || interval === undefined ? '' : bracket(interval[0], interval[1])
}

/** Half the width of an interval, relative to its value: `±5 %`; `±?` when one side is open. */
export function formatRelativeHalfWidth(value: number | null, interval: Interval | null | undefined): string {
  if (value === null || interval === null || interval === undefined || value === 0) return ''
  const [low, high] = interval
  if (high === null) return '±?'
  const share = Math.max(high - value, value - low) / Math.abs(value)
  const percent = share * 100
  if (percent > 999) return '±?'
  return `±${percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)} %`
}

/** By the unit of a gauge or of a column of an analysis. */
export function formatQuantity(value: number | null, unit: string | null): string {
  if (value === null) return NOTHING
  switch (unit) {
    case 'ns':
      return formatDuration(value)
    case 's':
      return formatDuration(value * 1e9)
    case 'By':
      return formatBytes(value)
    case 'By/s':
      return `${formatBytes(value)}/s`
    case '1':
      return formatShare(value)
    case '1/s':
      return formatRate(value)
    case 'J':
    case 'g':
    case 'W':
      return formatPrefixed(value, unit)
    case null:
    case '':
      return formatNumber(value)
    default:
      return `${formatNumber(value)} ${unit}`
  }
}

/** Small values in thousandths and millionths of their unit. */
function formatPrefixed(value: number, unit: string): string {
  const size = Math.abs(value)
  if (size >= 1 || size === 0) return `${formatNumber(value)} ${unit}`
  return size >= 1e-3 ? `${formatNumber(value * 1e3)} m${unit}` : `${formatNumber(value * 1e6)} µ${unit}`
}

/** From where on `formatDuration` writes in which unit. */
const UNITS: readonly (readonly [from: number, size: number])[] = [
  [7200e9, 3600e9],
  [120e9, 60e9],
  [999.5e6, 1e9],
  [999.5e3, 1e6],
  [999.5, 1e3],
]

function bracket(low: number, high: number | null): string {
  return `[${formatNumber(low)},\u00a0${high === null ? '∞)' : `${formatNumber(high)}]`}`
}
