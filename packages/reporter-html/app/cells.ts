import type { Distribution, Interval } from 'servebench/plugin'
import {
  formatCount,
  formatNanos,
  formatNanosInterval,
  formatNumber,
  formatNumberInterval,
  formatQuantity,
  formatRate,
  formatShare,
} from 'servebench/report'
import type { Cell as AnyCell } from './data-table.ts'

/** Numbers as text. */
type Cell = AnyCell<string>
type Value = number | null | undefined
type Bounds = Interval | null | undefined

export function nanosCell(value: Value, interval?: Bounds): Cell {
  const known = value ?? null
  return { show: formatNanos(known), value: known, detail: formatNanosInterval(known, interval) }
}

export function rateCell(value: Value, interval?: Bounds): Cell {
  return { show: formatRate(value ?? null), value: value ?? null, detail: formatNumberInterval(interval) }
}

export function countCell(value: Value): Cell {
  return { show: formatCount(value ?? null), value: value ?? null }
}

export function numberCell(value: Value): Cell {
  return { show: formatNumber(value ?? null), value: value ?? null }
}

export function shareCell(value: Value): Cell {
  return { show: formatShare(value ?? null), value: value ?? null }
}

export function quantityCell(value: Value, unit: string | null): Cell {
  return { show: formatQuantity(value ?? null, unit), value: value ?? null }
}

const WHY = { censored: 'some still open', failures: 'failures above' } as const

/** A percentile with its interval; one that lost requests make a lower bound says so. */
export function percentileCell(distribution: Distribution | null | undefined, key: `p${number}`): Cell {
  if (distribution === null || distribution === undefined || distribution.count === 0) return nanosCell(null)
  const cell = nanosCell(distribution[key], distribution.intervals[key])
  const why = distribution.why[key]
  // Of too few samples the interval tells: it has no upper end.
  if (why === undefined || why === 'too-few') return cell
  return {
    ...cell,
    show: `≥ ${cell.show}`,
    detail: [cell.detail, WHY[why]].filter((part) => part !== '').join(' '),
  }
}
