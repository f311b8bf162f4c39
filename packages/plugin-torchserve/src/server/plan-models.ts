import { isArtifactSpec, refuseUnknown } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'
import type { TorchServeModel, TorchServeState } from './options.ts'
import type { PlannedModel, PlannedSettings } from './plan.ts'
import { planSettings, SETTINGS } from './plan-settings.ts'

const MODEL_OPTIONS = ['name', 'version', 'archive', 'handler', 'weights', 'files', 'config', 'onnx']
const STATE_OPTIONS = ['models', 'defaults']

/** The models that a server is given, and those that it has and that the state says something about. */
export function planModels(
  given: readonly (TorchServeModel | string)[],
  state: TorchServeState,
  problems: Problem[],
): readonly PlannedModel[] {
  const { models: single = {}, defaults: _defaults, ...common } = state
  refuseUnknown(common, [...SETTINGS, ...STATE_OPTIONS], 'state', problems)
  const shared = planSettings(common, 'state', problems)
  const settingsOf = (name: string): PlannedSettings => {
    const own = single[name]
    if (own === undefined) return shared
    refuseUnknown(own, SETTINGS, `state.models.${name}`, problems)
    return { ...shared, ...planSettings(own, `state.models.${name}`, problems) }
  }
  const planned = given.map((entry, index): PlannedModel => {
    const path = `models[${index}]`
    const model: TorchServeModel = typeof entry === 'string' ? { archive: entry } : entry
    refuseUnknown(model, [...SETTINGS, ...MODEL_OPTIONS], path, problems)
    const source = planSource(model, path, problems)
    const settings = { ...settingsOf(source.name), ...planSettings(model, path, problems) }
    return { ...source, settings }
  })
  for (const [index, model] of planned.entries()) {
    const first = planned.findIndex(({ name, version }) => name === model.name && version === model.version)
    if (first === index) continue
    problems.push({ path: `models[${index}]`, message: `has the name and version of models[${first}].` })
  }
  for (const name of Object.keys(single)) {
    if (planned.some((model) => model.name === name)) continue
    planned.push({ name, version: '', source: null, settings: settingsOf(name) })
  }
  return planned
}

function planSource(
  model: TorchServeModel,
  path: string,
  problems: Problem[],
): Pick<PlannedModel, 'name' | 'version' | 'source'> {
  if ('archive' in model) {
    const { archive, name = baseName(archive, '.mar') } = model
    checkName(name, path, problems)
    return { name, version: '', source: { archive } }
  }
  const { version = '1.0' } = model
  checkVersion(version, path, problems)
  if ('onnx' in model) {
    const { onnx, name = isArtifactSpec(onnx) ? onnx.name : baseName(onnx, '.onnx') } = model
    checkName(name, path, problems)
    return { name, version, source: { onnx, config: null } }
  }
  const { name, handler, weights = null, files = [], config = null } = model
  checkName(name, path, problems)
  if (typeof handler !== 'string') {
    const message = 'is missing: or name an `archive` or an `onnx` file.'
    problems.push({ path: `${path}.handler`, message })
  }
  return { name, version, source: { handler, weights, files, config } }
}

function checkName(name: string, path: string, problems: Problem[]): void {
  if (typeof name === 'string' && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) return
  const message = "must begin with a letter and consist of letters, digits, '_', '.' and '-'."
  problems.push({ path: `${path}.name`, message })
}

function checkVersion(version: string, path: string, problems: Problem[]): void {
  if (typeof version === 'string' && /^\d+(\.\d+)*$/.test(version)) return
  problems.push({ path: `${path}.version`, message: "must be numbers and dots, such as '1.0'." })
}

function baseName(path: string, ending: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  return name.endsWith(ending) ? name.slice(0, -ending.length) : name
}
