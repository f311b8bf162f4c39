import { nest, readModelSetting, suggest, ValidationError } from 'servebench/plugin'
import type { JsonObject, JsonValue, Problem, ServerPlan, ServerTuning } from 'servebench/plugin'
import { checkSharing, planModel } from '../onnx-server.ts'
import type { ModelState, OnnxModelSettings, OnnxServerSpec } from '../onnx-server.ts'
import { renderConfiguration } from './configuration.ts'

const SETTINGS = [
  'instances',
  'intraOpThreads',
  'interOpThreads',
  'executionMode',
  'graphOptimizationLevel',
  'executionProviders',
  'allowSpinning',
  'sessionEntries',
  'maxBatchSize',
  'dynamicBatching',
  'maxQueueSize',
] as const satisfies (keyof OnnxModelSettings)[]

/** How the server on ONNX Runtime is tuned. */
export const tuning: ServerTuning = {
  apply: applySetting,
  modelSettings: 'models',
  configuration: renderConfiguration,
  instructions:
    'Put each config.json into the folder of its model in the repository, and start the server anew with the arguments of server.args.',
}

/**
 * The plan with another value of `SETTING` (of all models), `models.NAME.SETTING` or `sharedThreadPool`, where SETTING is
 * any of `OnnxModelSettings`.
 * @throws {ValidationError}
 */
function applySetting(server: ServerPlan, path: string, value: JsonValue): ServerPlan {
  const problems: Problem[] = []
  const changed =
    path === 'sharedThreadPool'
      ? withSharing(server, value, problems)
      : withModelSetting(server, path, value, problems)
  const { launch, state } = changed as unknown as OnnxServerSpec
  if (problems.length === 0) checkSharing(state.models, launch.sharedThreadPool, problems)
  if (problems.length > 0) throw new ValidationError('onnxServer()', problems)
  return changed
}

function withSharing(server: ServerPlan, value: JsonValue, problems: Problem[]): ServerPlan {
  if (typeof value !== 'boolean')
    problems.push({ path: 'sharedThreadPool', message: 'must be true or false.' })
  return { ...server, launch: { ...server.launch, sharedThreadPool: value } }
}

function withModelSetting(
  server: ServerPlan,
  path: string,
  value: JsonValue,
  problems: Problem[],
): ServerPlan {
  const { models } = server.state as unknown as OnnxServerSpec['state']
  const setting = readModelSetting(path, SETTINGS)
  if (setting === null) {
    const message = 'is no setting of a server on ONNX Runtime.'
    problems.push({ path, message, suggestion: suggest(path.split('.').at(-1) ?? '', SETTINGS) })
    return server
  }
  const { model } = setting
  const names = models.map(({ name }) => name)
  if (model !== null && !names.includes(model))
    problems.push({ path, message: 'is of no model of this server.', suggestion: suggest(model, names) })
  const changed = models.map((each, index) => {
    if (model !== null && each.name !== model) return each
    const options = merge(optionsOf(each), setting.names, value)
    return {
      ...planModel({ ...options, model: '', name: each.name }, {}, `models[${index}]`, problems),
      source: each.source,
    }
  })
  return { ...server, state: { models: changed as unknown as readonly JsonObject[] } }
}

/** A state as the options that it was made of. */
function optionsOf({
  instances,
  maxBatchSize,
  batching,
  maxQueueSize,
  session,
}: ModelState): OnnxModelSettings {
  const { entries, intraOpThreads, interOpThreads, executionMode } = session
  const { graphOptimizationLevel, executionProviders } = session
  const size = maxBatchSize === null ? {} : { maxBatchSize }
  return {
    instances,
    maxQueueSize,
    intraOpThreads,
    interOpThreads,
    executionMode,
    graphOptimizationLevel,
    executionProviders,
    sessionEntries: entries,
    ...size,
    ...(batching === null
      ? {}
      : {
          dynamicBatching: {
            ...size,
            maxQueueDelay: `${batching.maxQueueDelay}ns`,
            preferred: batching.preferred,
          } as NonNullable<OnnxModelSettings['dynamicBatching']>,
        }),
  }
}

/** `null` takes dynamic batching, or one of its settings, away. */
function merge(
  options: OnnxModelSettings,
  [first, ...rest]: readonly [string, ...string[]],
  value: JsonValue,
): OnnxModelSettings {
  const { [first as keyof OnnxModelSettings]: before, ...others } = options
  if (value === null && rest.length === 0) return others
  // Names of entries have dots in them.
  const names = first === 'sessionEntries' && rest.length > 0 ? [rest.join('.')] : rest
  if (names.length === 0) return { ...others, [first]: value }
  return { ...others, [first]: { ...(before as object), ...nest(names as [string, ...string[]], value) } }
}
