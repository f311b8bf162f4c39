import { ServebenchError } from '../../errors/servebench-error.ts'
import { formatNanos, formatNumber } from '../quantity.ts'
import type { PublishedTable } from './published-table.ts'
import { findColumns, readCell, type LatencyColumn, type TableColumns } from './table-columns.ts'

export interface AuditOptions {
  /** How far numbers may be off, as a share. Default 0.1: tables are rounded. */
  readonly tolerance?: number
  /** Users, where the table does not say. */
  readonly users?: number
  /** Pause of each user between answer and next request, ns. Default 0. */
  readonly thinkTime?: number
  /** Of times whose column and cells have none. */
  readonly unit?: string
}

/** `consistent`; `impossible` as a client's latency; `unknown`: a number is missing. */
export type AuditVerdict = 'consistent' | 'impossible' | 'unknown'

export interface AuditedRow {
  /** Counts from 1. */
  readonly row: number
  readonly users: number | null
  /** Requests per second as the table states it. */
  readonly throughput: number | null
  /** Mean response time that follows from Little's law, N ÷ X − think time, ns. */
  readonly impliedMean: number | null
  readonly findings: readonly AuditFinding[]
  readonly verdict: AuditVerdict
}

export interface AuditFinding {
  readonly column: string
  readonly statistic: number | 'mean'
  /** As stated, ns. */
  readonly latency: number
  /** Requests in flight that throughput × latency would mean (only of a mean). */
  readonly inFlight: number | null
  readonly verdict: 'consistent' | 'impossible'
  readonly message: string
}

export interface Audit {
  readonly tolerance: number
  readonly rows: readonly AuditedRow[]
  readonly flagged: number
}

/** A tail this many times its percentile is not believed. */
const LONGEST_TAIL = 10

/**
 * Checks a published table by Little's law: N users who wait for their answers and get X of them per second wait N ÷ X
 * on average, whatever the server does. Rows whose latency cannot be what those users saw are flagged.
 * @throws {ServebenchError} when columns are missing, or the table's users are not known
 */
export function auditTable(table: PublishedTable, options: AuditOptions = {}): Audit {
  const columns = findColumns(table, options.unit === undefined ? {} : { unit: options.unit })
  if (columns.users === null && options.users === undefined) {
    throw new ServebenchError(
      'SERVEBENCH_AUDIT_COLUMNS',
      'The table does not say how many users there were.',
      {
        advice: 'Add a column such as concurrency, or pass --users 10 when it is the same for all rows.',
      },
    )
  }
  const tolerance = options.tolerance ?? 0.1
  const rows = table.rows.map((cells, index) => auditRow(cells, index + 1, columns, options, tolerance))
  return { tolerance, rows, flagged: rows.filter((row) => row.verdict === 'impossible').length }
}

function auditRow(
  cells: readonly string[],
  row: number,
  columns: TableColumns,
  options: AuditOptions,
  tolerance: number,
): AuditedRow {
  const users =
    columns.users === null ? (options.users ?? null) : (readCell(cells[columns.users])?.value ?? null)
  const throughput = readCell(cells[columns.throughput])?.value ?? null
  const known = users !== null && users > 0 && throughput !== null && throughput > 0
  if (!known) return { row, users, throughput, impliedMean: null, findings: [], verdict: 'unknown' }
  const impliedMean = (users / throughput) * 1e9 - (options.thinkTime ?? 0)
  const batch = columns.batch === null ? null : (readCell(cells[columns.batch])?.value ?? null)
  const findings = columns.latencies.flatMap((column) => {
    const latency = latencyOf(cells, column)
    return latency === null
      ? []
      : [judge({ users, throughput, impliedMean, batch, latency, column, tolerance })]
  })
  const verdict = findings.some((finding) => finding.verdict === 'impossible')
    ? 'impossible'
    : findings.length === 0
      ? 'unknown'
      : 'consistent'
  return { row, users, throughput, impliedMean, findings, verdict }
}

function latencyOf(cells: readonly string[], { index, scale, title }: LatencyColumn): number | null {
  const cell = readCell(cells[index])
  if (cell === null) return null
  const nanos = cell.scale ?? scale
  if (nanos === null) {
    throw new ServebenchError(
      'SERVEBENCH_AUDIT_UNIT',
      `The column '${title}' does not say its unit of time.`,
      {
        advice: 'Write it in the title, such as latency (ms), or pass --unit ms.',
      },
    )
  }
  return cell.value * nanos
}

interface Stated {
  readonly users: number
  readonly throughput: number
  readonly impliedMean: number
  readonly batch: number | null
  readonly latency: number
  readonly column: LatencyColumn
  readonly tolerance: number
}

function judge(stated: Stated): AuditFinding {
  const { column, latency } = stated
  const problem = column.statistic === 'mean' ? judgeMean(stated) : judgePercentile(stated, column.statistic)
  return {
    column: column.title,
    statistic: column.statistic,
    latency,
    inFlight: column.statistic === 'mean' ? (stated.throughput * latency) / 1e9 : null,
    verdict: problem === null ? 'consistent' : 'impossible',
    message: problem ?? 'Fits.',
  }
}

function judgeMean(stated: Stated): string | null {
  const { users, throughput, impliedMean, latency, tolerance } = stated
  const inFlight = (throughput * latency) / 1e9
  if (Math.abs(latency / impliedMean - 1) <= tolerance) return null
  const law = `${users} users who get ${throughput} answers per second wait ${formatNanos(Math.max(impliedMean, 0))} on average (${users} ÷ ${throughput}/s)`
  if (latency > impliedMean) {
    return `${law}; ${formatNanos(latency)} would take ${formatNumber(inFlight)} in flight at once, more than there are users: throughput and latency are not of the same run, or not in these units.`
  }
  return `${law}; ${formatNanos(latency)} is not what they saw, but a time inside the server, or ${formatNanos(impliedMean - latency)} of think time per request is not told${batchHint(stated)}.`
}

function judgePercentile(stated: Stated, percentile: number): string | null {
  const { impliedMean, latency, tolerance } = stated
  const above = 1 - percentile / 100
  if (!(impliedMean > 0) || latency <= 0 || above <= 0) return judgeMean(stated)
  // A share `above` of all requests takes at least this, so the mean cannot be below its product.
  if (above * latency > impliedMean * (1 + tolerance)) {
    return `If ${formatNumber(above * 100)} % take ${formatNanos(latency)} or more, the mean is at least ${formatNanos(above * latency)}; Little's law says ${formatNanos(impliedMean)}.`
  }
  const tail = (impliedMean - (percentile / 100) * latency) / above
  if (latency * (1 + tolerance) >= impliedMean || tail <= LONGEST_TAIL * latency) return null
  return `The mean is ${formatNanos(impliedMean)} by Little's law (${stated.users} ÷ ${stated.throughput}/s): with p${percentile} at ${formatNanos(latency)} the slowest ${formatNumber(above * 100)} % would have to take ${formatNanos(tail)} on average. It is a time inside the server, not what users saw${batchHint(stated)}.`
}

/** Batch ÷ latency is the throughput of one worker that runs one batch at a time: then the latency is its own. */
function batchHint({ batch, latency, throughput, tolerance }: Stated): string {
  const size = batch ?? 1
  const single = (size / latency) * 1e9
  if (Math.abs(single / throughput - 1) > tolerance) return ''
  return batch === null
    ? ' (1 ÷ latency is the throughput: one request at a time in the server)'
    : ` (batch ÷ latency is the throughput: the time of one batch at a time in the server)`
}
