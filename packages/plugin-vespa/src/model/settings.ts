import type { JsonObject, RunningServer } from 'servebench/plugin'
import { MODEL_KIND } from '../kinds.ts'
import { OptionReader } from '../target-settings.ts'
import type { TargetSettings } from '../target-settings.ts'
import type { VespaDefaultInput } from './target.ts'

/** The options of the target, checked. Plain data. */
export interface ModelSettings extends TargetSettings {
  readonly model: string
  /** `''`: the only one. */
  readonly function: string
  readonly method: 'GET' | 'POST'
  readonly literals: 'nested' | 'cells'
  readonly answer: 'values' | 'cells'
  readonly defaultInput: VespaDefaultInput
}

const OPTIONS: readonly string[] = ['model', 'function', 'method', 'literals', 'answer', 'defaultInput']

/** @throws {ValidationError} with all problems */
export function readModelSettings(
  options: JsonObject,
  server: RunningServer | null,
  root: string,
): ModelSettings {
  const reader = new OptionReader(MODEL_KIND, options)
  const shared = reader.shared({ server, root, options: OPTIONS })
  const { pathname } = new URL(shared.url === '' ? 'http://localhost' : shared.url)
  if (pathname !== '/') reader.report('url', 'must end behind the port: the rest is part of the API.')
  const model = reader.text('model')
  if (options['model'] === undefined) reader.report('model', 'is missing.')
  const settings: ModelSettings = {
    ...shared,
    url: shared.url.replace(/\/$/, ''),
    model,
    function: reader.text('function'),
    method: reader.choose('method', ['POST', 'GET']),
    literals: reader.choose('literals', ['nested', 'cells']),
    answer: reader.choose('answer', ['values', 'cells']),
    defaultInput: reader.object('defaultInput'),
  }
  reader.finish()
  return settings
}
