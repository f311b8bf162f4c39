import { readModelSetting, suggest, ValidationError } from 'servebench/plugin'
import type { JsonValue, Problem, ServerPlan, ServerTuning } from 'servebench/plugin'
import { MODEL_SETTINGS, planModelSettings, requireCount } from '../server.ts'
import type { MlServerModelSettings, MlServerSpec } from '../server.ts'
import { renderConfiguration } from './configuration.ts'

/** How MLServer is tuned. */
export const tuning: ServerTuning = {
  apply: applySetting,
  modelSettings: 'models',
  configuration: renderConfiguration,
  instructions:
    'Put settings.json into the folder that `mlserver start` is given, each model-settings.json into that of its model, and start it anew with the variables of mlserver.env.',
}

/**
 * The plan with another value of `parallelWorkers` or `models.NAME.SETTING`.
 * @throws {ValidationError}
 */
function applySetting(server: ServerPlan, path: string, value: JsonValue): ServerPlan {
  const problems: Problem[] = []
  const { launch } = server as unknown as MlServerSpec
  const change = changeOf(launch, path, value, problems)
  if (problems.length > 0) throw new ValidationError('mlServer()', problems)
  return { ...server, launch: { ...launch, ...change } }
}

function changeOf(
  launch: MlServerSpec['launch'],
  path: string,
  value: JsonValue,
  problems: Problem[],
): Partial<MlServerSpec['launch']> {
  if (path === 'parallelWorkers') {
    requireCount(value as number, 0, path, problems)
    return { parallelWorkers: value as number }
  }
  const setting = readModelSetting(path, MODEL_SETTINGS)
  if (setting?.model == null || setting.names.length > 1) {
    const known = ['parallelWorkers', ...MODEL_SETTINGS]
    const suggestion = suggest(path.split('.').at(-1) ?? '', known)
    problems.push({ path, message: 'is no setting of an MLServer.', suggestion })
    return {}
  }
  const { model, names } = setting
  const known = launch.models.map(({ name }) => name)
  if (!known.includes(model))
    problems.push({ path, message: 'is of no model of this server.', suggestion: suggest(model, known) })
  const wanted = { [names[0]]: value } as MlServerModelSettings
  const planned = planModelSettings(wanted, `models.${model}`, problems)
  const models = launch.models.map((each) => (each.name === model ? { ...each, ...planned } : each))
  return { models: models as MlServerSpec['launch']['models'] }
}
