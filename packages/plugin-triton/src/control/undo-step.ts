import { fieldsOf, textOf, textsOf } from '@servebench/plugin-oip/control'
import type { JsonObject, JsonValue } from 'servebench/plugin'

/**
 * How a change of a server is taken back. Plain data, which outlives the run that made the change; a step may be taken
 * any number of times, and also when its change was never made.
 */
export type UndoStep =
  /** A model gets the configuration of its repository again, or this one, where that is another; `ready` are again. */
  | {
      readonly undo: 'configuration'
      readonly model: string
      readonly config: JsonObject
      readonly ready: readonly string[]
    }
  /** A model that was not loaded. */
  | { readonly undo: 'loading'; readonly model: string }
  /** @param model `''` for the server's own settings */
  | { readonly undo: 'trace'; readonly model: string; readonly settings: JsonObject }
  | { readonly undo: 'log'; readonly settings: JsonObject }

/** A step from a journal: somebody else's data. `null` for what is none. */
export function readUndoStep(value: JsonValue): UndoStep | null {
  const fields = fieldsOf(value)
  const model = textOf(fields['model'])
  const settings = fieldsOf(fields['settings'])
  switch (fields['undo']) {
    case 'configuration':
      return model === ''
        ? null
        : {
            undo: 'configuration',
            model,
            config: fieldsOf(fields['config']),
            ready: textsOf(fields['ready']),
          }
    case 'loading':
      return model === '' ? null : { undo: 'loading', model }
    case 'trace':
      return { undo: 'trace', model, settings }
    case 'log':
      return { undo: 'log', settings }
    default:
      return null
  }
}

/** What a step takes back, for messages. */
export function describeUndo(step: UndoStep): string {
  switch (step.undo) {
    case 'configuration':
      return `the configuration of model '${step.model}'`
    case 'loading':
      return `the loading of model '${step.model}'`
    case 'trace':
      return step.model === '' ? 'the trace settings' : `the trace settings of model '${step.model}'`
    case 'log':
      return 'the log settings'
  }
}
