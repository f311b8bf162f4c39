import { join } from 'node:path'
import { readRecords } from 'servebench/plugin'
import type { Records, Trial } from 'servebench/plugin'

/** The records of a trial's stream, and which rows belong to its measurement. */
export interface MeasuredRows {
  readonly records: Records
  readonly rows: Uint32Array
}

/** `null` when the trial has no complete records. */
export async function measuredRows(
  trial: Trial,
  stream: string,
  directory: string,
): Promise<MeasuredRows | null> {
  if (trial.records === null || !trial.records.complete) return null
  const records = await readRecords(join(directory, trial.records.path))
  const streams = records.names('stream')
  const phases = records.names('phase')
  const weights = records.numbers('weight')
  const rows: number[] = []
  for (let row = 0; row < records.rows; row++) {
    if (streams[row] !== stream || phases[row] !== 'measurement') continue
    // A sample of requests has lost parts of sequences.
    if ((weights[row] as number) > 1) return null
    rows.push(row)
  }
  return { records, rows: Uint32Array.from(rows) }
}
