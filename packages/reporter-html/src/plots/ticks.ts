import { formatQuantity } from 'servebench/curves'

/** Where an axis begins and ends, where its ticks are, and what is written at them. */
export interface Ticks {
  readonly from: number
  readonly to: number
  readonly values: readonly number[]
  /** Behind the title of the axis; empty where each tick has a unit of its own. */
  readonly unit: string
  write(value: number): string
}

/** A size in which a unit is written. */
interface Scale {
  readonly size: number
  readonly unit: string
  /** Steps between ticks, rising; the next of a longer list are these times `period`. */
  readonly steps: readonly number[]
  readonly period: number
}

const DECIMAL = { steps: [1, 2, 2.5, 5], period: 10 }
const BINARY = { steps: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], period: 1024 }
const SIXTIETHS = { steps: [1, 2, 5, 10, 15, 30], period: 60 }

const TIMES: readonly Scale[] = [
  { size: 1, unit: 'ns', ...DECIMAL },
  { size: 1e3, unit: 'µs', ...DECIMAL },
  { size: 1e6, unit: 'ms', ...DECIMAL },
  { size: 1e9, unit: 's', ...DECIMAL },
  { size: 60e9, unit: 'min', ...SIXTIETHS },
  { size: 3600e9, unit: 'h', steps: [1, 2, 3, 6, 12], period: 24 },
]
/** From where on minutes and hours are easier to read than seconds. */
const LONG = [0, 1e3, 1e6, 1e9, 600e9, 7200e9]

/**
 * @param low the lowest value that must be inside
 * @param fixed ends that somebody has asked for: they are kept, without room beyond the data
 */
export function linearTicks(
  low: number,
  high: number,
  unit: string | null,
  most: number,
  fixed: {
    readonly from?: number | undefined
    readonly to?: number | undefined
    readonly tight?: boolean
  } = {},
): Ticks {
  const scale = scaleOf(unit, Math.max(Math.abs(low), Math.abs(high)))
  const bottom = (fixed.from ?? low) / scale.size
  const top = (fixed.to ?? high) / scale.size
  const step = stepOf(top - bottom, most, scale)
  // Sums of steps that are no binary fractions miss what they mean by the last bits.
  const first = Math.floor(bottom / step + 1e-9)
  const last = Math.ceil(top / step - 1e-9)
  const tight = fixed.tight === true
  const from = fixed.from ?? (tight ? low : clean(first * step * scale.size))
  const to = fixed.to ?? (tight ? high : clean(last * step * scale.size))
  const slack = (to - from) * 1e-9
  const values = Array.from({ length: last - first + 1 }, (_, index) =>
    clean((first + index) * step * scale.size),
  ).filter((value) => value >= from - slack && value <= to + slack)
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const fraction = Number.isInteger(step) ? 0 : isClean(step, digits) ? digits : digits + 1
  return {
    from,
    to,
    values,
    unit: scale.unit,
    write: (value) => grouped((value / scale.size).toFixed(Math.min(20, fraction))),
  }
}

/** Powers of ten (of two for bytes), with 2 and 5 between them where there is room. Both ends are above 0. */
export function logTicks(
  low: number,
  high: number,
  unit: string | null,
  most: number,
  fixed: {
    readonly from?: number | undefined
    readonly to?: number | undefined
    readonly at?: readonly number[]
  } = {},
): Ticks {
  const bytes = unit === 'By' || unit === 'By/s'
  if (fixed.at === undefined && high / low < NARROW) return narrowTicks(low, high, unit, most, fixed)
  const from = positive(fixed.from) ?? edge(low, Math.floor, bytes)
  const to = positive(fixed.to) ?? edge(high, Math.ceil, bytes)
  const own = fixed.at
  const values = own ?? (bytes ? powersOfTwo(from, to, most) : powersOfTen(from, to, most))
  const split = splitUnit(unit)
  return {
    from,
    to,
    values: values.filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9)),
    unit: split ? (unit ?? '') : '',
    write: (value) => (split ? prefixed(value) : trimmed(formatQuantity(value, unit))),
  }
}

/** Less than that has hardly two of 1, 2, 5, 10, … inside: then ticks are as on a linear axis. */
const NARROW = 5

function narrowTicks(
  low: number,
  high: number,
  unit: string | null,
  most: number,
  fixed: { readonly from?: number | undefined; readonly to?: number | undefined },
): Ticks {
  const ticks = linearTicks(low, high, unit, most, { from: positive(fixed.from), to: positive(fixed.to) })
  // Below the first tick may be 0, which has no place.
  return ticks.from > 0
    ? ticks
    : { ...ticks, from: low, values: ticks.values.filter((value) => value >= low) }
}

/** The unit of a linear axis: one for all of its ticks. */
function scaleOf(unit: string | null, largest: number): Scale {
  if (unit === 'ns' || unit === 's') {
    const size = unit === 's' ? largest * 1e9 : largest
    const at = LONG.findLastIndex((from) => size >= from)
    const found = TIMES[Math.max(0, at)] as Scale
    return unit === 's' ? { ...found, size: found.size / 1e9 } : found
  }
  if (unit === 'By' || unit === 'By/s') {
    const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
    const power = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, largest)) / 10)))
    return {
      size: 2 ** (10 * power),
      unit: unit === 'By' ? (names[power] as string) : `${names[power]}/s`,
      ...BINARY,
    }
  }
  if (unit === '1') return { size: 0.01, unit: '%', ...DECIMAL }
  const large = largest >= 1e6 ? Math.min(PREFIXES.length - 1, Math.floor(Math.log10(largest) / 3)) : 0
  const small = largest > 0 && largest < 1e-2 && isPrefixed(unit) ? Math.ceil(-Math.log10(largest) / 3) : 0
  if (small > 0) {
    const at = Math.min(small, SMALL.length - 1)
    return { size: 10 ** (-3 * at), unit: `${SMALL[at]}${unit}`, ...DECIMAL }
  }
  if (unit === null || unit === '' || unit === '1/s') {
    const name = unit === '1/s' ? '1/s' : ''
    return large < 2
      ? { size: 1, unit: name, ...DECIMAL }
      : {
          size: 10 ** (3 * large),
          unit: name === '' ? (LARGE_WORDS[large] as string) : `${PREFIXES[large]}/s`,
          ...DECIMAL,
        }
  }
  return { size: 10 ** (3 * large), unit: `${PREFIXES[large]}${unit}`, ...DECIMAL }
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E']
const SMALL = ['', 'm', 'µ', 'n', 'p']
const LARGE_WORDS = ['', 'thousands', 'millions', '10⁹', '10¹²', '10¹⁵', '10¹⁸']

function isPrefixed(unit: string | null): unit is string {
  return unit !== null && unit !== '' && unit !== '1/s' && /^[A-Za-z]/.test(unit)
}

/** Units that stand behind the title of a logarithmic axis; others are written at each tick. */
function splitUnit(unit: string | null): boolean {
  return !['ns', 's', 'By', 'By/s', '1'].includes(unit ?? '')
}

function stepOf(span: number, most: number, { steps, period }: Scale): number {
  const least = span / Math.max(1, most)
  if (!(least > 0)) return 1
  // Below one unit all scales are decimal.
  if (least < 1 || period === 10) {
    const power = 10 ** Math.floor(Math.log10(least) + 1e-9)
    return (DECIMAL.steps.find((step) => step * power >= least * (1 - 1e-9)) ?? 10) * power
  }
  let size = 1
  while (size * period < least) size *= period
  return (steps.find((step) => step * size >= least) ?? period) * size
}

function powersOfTen(from: number, to: number, most: number): readonly number[] {
  const first = Math.floor(Math.log10(from))
  const last = Math.ceil(Math.log10(to))
  const decades = Math.log10(to / from)
  const digits = decades * 3 <= most ? [1, 2, 5] : decades * 2 <= most ? [1, 3] : [1]
  const every = digits.length > 1 ? 1 : Math.max(1, Math.ceil((last - first) / most))
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .filter((exponent) => exponent % every === 0)
    .flatMap((exponent) => digits.map((digit) => Number(`${digit}e${exponent}`)))
}

function powersOfTwo(from: number, to: number, most: number): readonly number[] {
  const first = Math.floor(Math.log2(from))
  const last = Math.ceil(Math.log2(to))
  const every = [1, 2, 5, 10, 20].find((step) => (last - first) / step <= most) ?? 40
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .filter((exponent) => exponent % every === 0)
    .map((exponent) => 2 ** exponent)
}

/** The next of 1, 2, 5, 10, … (of bytes: of the powers of two). */
function edge(value: number, round: (value: number) => number, bytes: boolean): number {
  if (bytes) return 2 ** round(Math.log2(value) + (round === Math.floor ? 1e-9 : -1e-9))
  const power = Math.floor(Math.log10(value) + 1e-12)
  const lead = value / Number(`1e${power}`)
  const digit =
    round === Math.floor
      ? [5, 2, 1].find((digit) => digit <= lead * (1 + 1e-9))
      : [1, 2, 5, 10].find((digit) => digit >= lead * (1 - 1e-9))
  return Number(`${digit ?? 1}e${power}`)
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined
}

/** `1e6` as `1 M`; at most three digits. */
export function prefixed(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1e4 && size >= 1e-3) return grouped(String(Number(value.toPrecision(3))))
  if (size < 1e-3) return value.toExponential(0)
  const at = Math.min(PREFIXES.length - 1, Math.floor(Math.log10(size) / 3 + 1e-9))
  return `${Number((value / 10 ** (3 * at)).toPrecision(3))} ${PREFIXES[at]}`
}

/** `1.00 ms` as `1 ms`. */
function trimmed(text: string): string {
  return text.replace(/(\d)\.0+(?=\D|$)/, '$1').replace(/(\.\d*?)0+(?=\D|$)/, '$1')
}

function grouped(digits: string): string {
  const [whole, fraction] = digits.split('.')
  const long = (whole ?? '').replace('-', '').length > 4
  const parted = long ? (whole ?? '').replace(/\B(?=(\d{3})+$)/g, '\u00a0') : (whole ?? '')
  const text = fraction === undefined ? parted : `${parted}.${fraction}`
  return text.replace('-', '−')
}

function clean(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(12))
}

function isClean(step: number, digits: number): boolean {
  return Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6
}
