import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonValue } from 'servebench/plugin'

/** One version of a model, as the server describes it. */
export interface ModelDescription {
  readonly name: string
  readonly version: string
  /** Of its archive. */
  readonly archive: string
  readonly minWorkers: number
  readonly maxWorkers: number
  readonly batchSize: number
  /** Milliseconds. */
  readonly maxBatchDelay: number
  /** Seconds. */
  readonly responseTimeout: number
  readonly startupTimeout: number | null
  /** Those that are ready, and their process ids. */
  readonly ready: number
  readonly pids: readonly number[]
  /** Requests that wait, and how many more may; `null` where the server does not say. */
  readonly pending: number | null
  readonly places: number | null
}

/** Somebody else's data: what is missing or of another kind counts as 0 or empty. */
export function readModel(value: JsonValue): ModelDescription {
  const fields = fieldsOf(value)
  const queue = fieldsOf(fields['jobQueueStatus'])
  const workers = listOf(fields['workers']).map(fieldsOf)
  const number = (field: JsonValue | undefined): number | null =>
    typeof field === 'number' && Number.isFinite(field) ? field : null
  const ready = workers.filter(({ status }) => status === 'READY')
  return {
    name: textOf(fields['modelName']),
    version: textOf(fields['modelVersion']),
    archive: textOf(fields['modelUrl']),
    minWorkers: number(fields['minWorkers']) ?? 0,
    maxWorkers: number(fields['maxWorkers']) ?? 0,
    batchSize: number(fields['batchSize']) ?? 0,
    maxBatchDelay: number(fields['maxBatchDelay']) ?? 0,
    responseTimeout: number(fields['responseTimeout']) ?? 0,
    startupTimeout: number(fields['startupTimeout']),
    ready: ready.length,
    pids: ready.map(({ pid }) => number(pid)).filter((pid) => pid !== null),
    pending: number(queue['pendingRequests']),
    places: number(queue['remainingCapacity']),
  }
}
