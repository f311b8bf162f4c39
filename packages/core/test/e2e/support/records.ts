import { readFileSync } from 'node:fs'
import { tableFromIPC } from 'apache-arrow'
import type { Trial } from '../../../src/report/result.ts'

/** One row of a record file, with the names of the file. */
export interface RecordRow {
  readonly unit: number
  readonly index: number
  readonly attempt: number
  readonly stream: string
  readonly label: string | null
  readonly worker: number
  readonly phase: string
  readonly outcome: string
  readonly failure: string
  readonly code: number
  readonly intended: number
  readonly dispatched: number | null
  readonly sent: number | null
  readonly first_byte: number | null
  readonly completion: number | null
  readonly bytes_out: number
  readonly bytes_in: number
  readonly items: number
}

/** The records of a trial, read with the Arrow library as a user would. */
export function readRecords(runFolder: string, trial: Trial): RecordRow[] {
  if (trial.records === null) throw new Error('The trial has no records.')
  return readRecordFile(`${runFolder}/${trial.records.path}`)
}

export function readRecordFile(path: string): RecordRow[] {
  const table = tableFromIPC(readFileSync(path))
  return table.toArray().map((row) => ({ ...(row as RecordRow) }))
}

export function population(rows: readonly RecordRow[]): RecordRow[] {
  return rows.filter((row) => row.phase === 'measurement' && row.outcome !== 'retried')
}
