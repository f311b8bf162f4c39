import { nest, readModelSetting, suggest, ValidationError } from 'servebench/plugin'
import type {
  Candidate,
  JsonValue,
  Problem,
  ServerPlan,
  ServerTuning,
  TuningMachine,
} from 'servebench/plugin'
import { checkProperty } from '../server/plan-launch.ts'
import type { PlannedLaunch, PlannedModel, TorchServeSpec } from '../server/plan.ts'
import { planSettings, SETTINGS } from '../server/plan-settings.ts'
import { renderConfiguration } from './configuration.ts'

const STATE = 'state.'
const PROPERTY = 'properties.'

/** How TorchServe is tuned. */
export const tuning: ServerTuning = {
  apply: applySetting,
  modelSettings: 'state.models',
  candidates,
  configuration: renderConfiguration,
  instructions:
    'Start torchserve with --ts-config config.properties, and with the variables of torchserve.env in its environment.',
}

/**
 * The plan with another value of `state.SETTING` (of all its models), `state.models.NAME.SETTING` or `properties.NAME`,
 * @throws {ValidationError}
 */
function applySetting(server: ServerPlan, path: string, value: JsonValue): ServerPlan {
  const problems: Problem[] = []
  const changed = path.startsWith(PROPERTY)
    ? withProperty(server, path.slice(PROPERTY.length), value, problems)
    : withModelSetting(server, path, value, problems)
  if (problems.length > 0) throw new ValidationError('torchServe()', problems)
  return changed
}

function withModelSetting(
  server: ServerPlan,
  path: string,
  value: JsonValue,
  problems: Problem[],
): ServerPlan {
  const { state } = server as unknown as TorchServeSpec
  const setting = path.startsWith(STATE) ? readModelSetting(path.slice(STATE.length), SETTINGS) : null
  if (setting === null || setting.names.length > 1) {
    const known = [...SETTINGS, 'properties']
    problems.push({
      path,
      message: 'is no setting of a TorchServe.',
      suggestion: suggest(path.split('.').at(-1) ?? '', known),
    })
    return server
  }
  const { model, names } = setting
  const at = model === null ? 'state' : `state.models.${model}`
  const change = planSettings(nest(names, value), at, problems)
  const models: PlannedModel[] = state.models.map((each) =>
    model === null || each.name === model ? { ...each, settings: { ...each.settings, ...change } } : each,
  )
  if (model === null && models.length === 0)
    problems.push({ path, message: `is of no model: say which one with state.models.NAME.${names[0]}.` })
  // One that the server has.
  if (model !== null && !models.some(({ name }) => name === model))
    models.push({ name: model, version: '', source: null, settings: change })
  return { ...server, state: { ...server.state, models: models as unknown as JsonValue } }
}

/** `null` takes a line of `config.properties` away. */
function withProperty(server: ServerPlan, name: string, value: JsonValue, problems: Problem[]): ServerPlan {
  const launch = server.launch as unknown as PlannedLaunch
  if (launch.mode === 'attach') {
    const message = 'is of a server that servebench starts: this one runs already.'
    problems.push({ path: `${PROPERTY}${name}`, message })
    return server
  }
  const { [name]: _before, ...others } = launch.properties
  if (value === null) return { ...server, launch: { ...launch, properties: others } }
  if (typeof value === 'object') {
    problems.push({ path: `${PROPERTY}${name}`, message: 'must be a text, a number, true or false.' })
    return server
  }
  checkProperty(name, value, problems)
  return {
    ...server,
    launch: { ...launch, properties: { ...others, [name]: value } },
  }
}

function candidates(server: ServerPlan, { physicalCores, gpus }: TuningMachine): readonly Candidate[] {
  const { launch, state } = server as unknown as TorchServeSpec
  const workers = Math.max(1, Math.floor(physicalCores / 2))
  const ofAll = (count: number): Record<string, JsonValue> =>
    Object.fromEntries(state.models.map(({ name }) => [`state.models.${name}.workers`, count]))
  // One that runs already keeps the environment that it was started with.
  const thread: Record<string, JsonValue> = launch.mode === 'attach' ? {} : { 'env.OMP_NUM_THREADS': 1 }
  return [
    {
      name: 'workers = physical cores / 2, one thread each',
      source: 'TorchServe, Performance Guide: concurrency and number of workers on CPUs',
      values: { ...ofAll(workers), ...thread },
    },
    ...(gpus === 0
      ? []
      : [
          {
            name: 'workers = GPUs',
            source: 'TorchServe, Performance Guide: one worker for each GPU to begin with',
            values: ofAll(gpus),
          },
        ]),
  ]
}
