import { parseBytes, readModelSetting, readOption, suggest, ValidationError } from 'servebench/plugin'
import type { ByteSize, JsonObject, JsonValue, Problem, ServerPlan, ServerTuning } from 'servebench/plugin'
import { checkHeap, MODEL_SETTINGS, planModelSetting, planThread } from '../server.ts'
import type { PlannedLaunch, VespaModelSetting } from '../server.ts'
import { renderConfiguration } from './configuration.ts'

const SETTINGS = ['models', 'threads', 'heap']

type Launch = Extract<PlannedLaunch, { mode: 'launch' }>

/** How Vespa's containers are tuned. */
export const tuning: ServerTuning = {
  apply: applySetting,
  modelSettings: 'models',
  configuration: renderConfiguration,
  instructions:
    'Put services.xml into the application package and deploy it; arguments and variables take effect when Vespa is started with them.',
}

/**
 * The plan with another value of `models.NAME.SETTING`, `threads.NAME` or `heap`.
 * @throws {ValidationError}
 */
function applySetting(server: ServerPlan, path: string, value: JsonValue): ServerPlan {
  const problems: Problem[] = []
  const launch = server.launch as unknown as PlannedLaunch
  if (launch.mode === 'attach') {
    problems.push({ path, message: 'is of a container that servebench starts: this one runs already.' })
    throw new ValidationError('vespaServer()', problems)
  }
  const change = changeOf(launch, path, value, problems)
  if (problems.length > 0) throw new ValidationError('vespaServer()', problems)
  return { ...server, launch: { ...launch, ...change } as unknown as JsonObject }
}

function changeOf(launch: Launch, path: string, value: JsonValue, problems: Problem[]): Partial<Launch> {
  if (path === 'heap') {
    const heap = readOption('heap', value as ByteSize, parseBytes, 0, problems)
    if (problems.length === 0) checkHeap(heap, problems)
    return { heap }
  }
  const [first = '', name = '', ...rest] = path.split('.')
  if (first === 'threads' && rest.length === 0) {
    const count = planThread(name, value, problems)
    return { threads: { ...launch.threads, [name]: count } }
  }
  const setting = readModelSetting(path, MODEL_SETTINGS)
  if (setting?.model != null && setting.names.length === 1) {
    const { model, names } = setting
    if (!launch.models.some((each) => each.name === model)) {
      const known = launch.models.map((each) => each.name)
      problems.push({ path, message: 'is of no model of this server.', suggestion: suggest(model, known) })
    }
    const planned = planModelSetting(names[0] as VespaModelSetting, value, path, problems)
    return { models: launch.models.map((each) => (each.name === model ? { ...each, ...planned } : each)) }
  }
  problems.push({
    path,
    message: 'is no setting of a Vespa container.',
    suggestion: suggest(first, SETTINGS),
  })
  return {}
}
