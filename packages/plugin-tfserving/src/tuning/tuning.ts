import { suggest, ValidationError, withFlag } from 'servebench/plugin'
import type {
  Candidate,
  JsonObject,
  JsonValue,
  Problem,
  ServerPlan,
  ServerTuning,
  TuningMachine,
} from 'servebench/plugin'
import { planBatching, planThreads } from '../launch/plan-launch.ts'
import type { PlannedBatching } from '../launch/plan-launch.ts'
import type { PlannedLaunch } from '../server.ts'
import { renderConfiguration } from './configuration.ts'

const ARGUMENT = 'args.'
const SETTINGS = ['batching', 'threads', 'tensorContent', 'args']

type Launch = Extract<PlannedLaunch, { mode: 'launch' }>

/** How TensorFlow Serving is tuned. */
export const tuning: ServerTuning = {
  apply: applySetting,
  candidates,
  configuration: renderConfiguration,
  instructions:
    'Start tensorflow_model_server with these arguments and variables; --batching_parameters_file names batching_parameters.txt.',
}

/**
 * The plan with another value of `batching`, `batching.SETTING`, `threads.SETTING`, `tensorContent` or `args.--FLAG`. A
 * setting of `batching` switches batching on.
 * @throws {ValidationError}
 */
function applySetting(server: ServerPlan, path: string, value: JsonValue): ServerPlan {
  const problems: Problem[] = []
  const launch = server.launch as unknown as PlannedLaunch
  if (launch.mode === 'attach') {
    problems.push({ path, message: 'is of a server that servebench starts: this one runs already.' })
    throw new ValidationError('tfservingServer()', problems)
  }
  const change = changeOf(launch, path, value, problems)
  if (problems.length > 0) throw new ValidationError('tfservingServer()', problems)
  return { ...server, launch: { ...launch, ...change } as unknown as JsonObject }
}

function changeOf(launch: Launch, path: string, value: JsonValue, problems: Problem[]): Partial<Launch> {
  if (path.startsWith(ARGUMENT)) return { args: withFlag(launch.args, path.slice(ARGUMENT.length), value) }
  const [first = '', name, ...rest] = path.split('.')
  if (rest.length === 0 && name === undefined && typeof value === 'boolean') {
    if (first === 'batching') return { batching: value ? (launch.batching ?? {}) : null }
    if (first === 'tensorContent') return { tensorContent: value }
  }
  if (rest.length === 0 && name !== undefined && first === 'batching')
    return { batching: withBatching(launch.batching, name, value, problems) }
  if (rest.length === 0 && name !== undefined && first === 'threads') {
    const threads = planThreads({ [name]: value }, problems)
    return { threads: { ...launch.threads, ...threads } }
  }
  const message =
    SETTINGS.includes(first) && name === undefined
      ? 'must be true or false.'
      : 'is no setting of a TensorFlow Serving.'
  problems.push({ path, message, suggestion: suggest(first, SETTINGS) })
  return {}
}

function withBatching(
  before: PlannedBatching | null,
  name: string,
  value: JsonValue,
  problems: Problem[],
): PlannedBatching {
  const changed = { ...before, ...planBatching({ [name]: value }, problems) }
  const { allowed_batch_sizes: allowed, max_batch_size: largest } = changed
  // The server ends itself over these, in its log.
  if (allowed !== undefined && largest !== undefined && allowed.at(-1) !== largest) {
    const message = `must agree: allowedSizes ends with ${allowed.at(-1)}, and maxBatchSize is ${largest}.`
    problems.push({ path: `batching.${name}`, message })
  }
  return changed
}

function candidates(server: ServerPlan, { logicalCores }: TuningMachine): readonly Candidate[] {
  if ((server.launch as unknown as PlannedLaunch).mode === 'attach') return []
  return [
    {
      name: 'intra-op threads = batch threads = cores',
      source: 'TensorFlow Serving, Batching Guide: CPU-only, one batch thread for each core',
      values: { 'batching.threads': logicalCores, 'threads.intraOp': logicalCores },
    },
  ]
}
