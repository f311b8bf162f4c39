import { fieldsOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonObject, JsonValue } from 'servebench/plugin'

/** What a registration was, in TorchServe's units. A type, as JSON data is. */
export type KnownModel = {
  readonly archive: string
  readonly batchSize: number
  readonly maxBatchDelay: number
  readonly responseTimeout: number
  readonly startupTimeout: number | null
  readonly minWorkers: number
  readonly maxWorkers: number
}

/**
 * How a change of a server is taken back. Plain data, which outlives the run that made the change; a step may be taken
 * any number of times, and also when its change was never made.
 */
export type UndoStep =
  /** A version of a model is registered like this again, or has this number of workers. */
  | {
      readonly undo: 'model'
      readonly model: string
      readonly version: string
      readonly known: KnownModel
      /** Whether requests without a version got this one. */
      readonly isDefault: boolean
    }
  | { readonly undo: 'default'; readonly model: string; readonly version: string }

/** A step from a journal: somebody else's data. `null` for what is none. */
export function readUndoStep(value: JsonValue): UndoStep | null {
  const fields = fieldsOf(value)
  const model = textOf(fields['model'])
  const version = textOf(fields['version'])
  if (model === '' || version === '') return null
  if (fields['undo'] === 'default') return { undo: 'default', model, version }
  const known = readKnown(fieldsOf(fields['known']))
  if (fields['undo'] !== 'model' || known === null) return null
  return { undo: 'model', model, version, known, isDefault: fields['isDefault'] === true }
}

function readKnown(fields: JsonObject): KnownModel | null {
  const archive = textOf(fields['archive'])
  const [batchSize, maxBatchDelay, responseTimeout, minWorkers, maxWorkers] = [
    fields['batchSize'],
    fields['maxBatchDelay'],
    fields['responseTimeout'],
    fields['minWorkers'],
    fields['maxWorkers'],
  ].map((value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null))
  const { startupTimeout } = fields
  if (
    archive === '' ||
    batchSize == null ||
    maxBatchDelay == null ||
    responseTimeout == null ||
    minWorkers == null ||
    maxWorkers == null
  )
    return null
  return {
    archive,
    batchSize,
    maxBatchDelay,
    responseTimeout,
    minWorkers,
    maxWorkers,
    startupTimeout: Number.isSafeInteger(startupTimeout) ? (startupTimeout as number) : null,
  }
}

/** What a step takes back, for messages. */
export function describeUndo({ undo, model, version }: UndoStep): string {
  return undo === 'default'
    ? `the default version of model '${model}'`
    : `the settings of model '${model}' ${version}`
}
