import { planContainer, refuseUnknown, ValidationError } from 'servebench/plugin'
import type { JsonObject, Problem } from 'servebench/plugin'
import { KIND, PACKAGE } from './kind.ts'
import type { TorchServeAttachOptions, TorchServeLaunchOptions } from './server/options.ts'
import { planAttachment, planLaunch } from './server/plan-launch.ts'
import { planModels } from './server/plan-models.ts'
import type { PlannedLaunch, PlannedState, TorchServeSpec } from './server/plan.ts'

const LAUNCH_OPTIONS = [
  'models',
  'binary',
  'container',
  'properties',
  'env',
  'metrics',
  'tokens',
  'startTimeout',
  'state',
]
const ATTACH_OPTIONS = [
  'url',
  'managementUrl',
  'metricsUrl',
  'logs',
  'grpcUrl',
  'keyFile',
  'token',
  'managementToken',
  'headers',
  'tls',
  'state',
]

/**
 * A TorchServe: one of its own, with archives and handlers, or one that runs already. Its `state` is brought about
 * through the management API, read back, and taken back.
 *
 * @example torchServe({ models: [{ name: 'mlp', handler: 'mlp.py' }], state: { workers: 2, batchSize: 8 } })
 * @example torchServe({ url: 'http://gpu-host:8080', state: { models: { resnet: { workers: 4 } } } })
 * @throws {ValidationError} with all problems of the options at once
 */
export function torchServe(options: TorchServeLaunchOptions | TorchServeAttachOptions): TorchServeSpec {
  const problems: Problem[] = []
  const isAttached = 'url' in options
  refuseUnknown(options, isAttached ? ATTACH_OPTIONS : LAUNCH_OPTIONS, '', problems)
  const { state = {} } = options
  const models = planModels(isAttached ? [] : (options.models ?? []), state, problems)
  if (!isAttached && models.length === 0) problems.push({ path: 'models', message: 'are missing.' })
  const launch = isAttached ? planAttachment(options, problems) : planLaunch(options, problems)
  const container = isAttached ? undefined : planContainer(options.container, 'container', problems)
  if (!isAttached && options.binary !== undefined && options.container !== undefined)
    problems.push({ path: 'binary', message: 'is what the image of the container has.' })
  if (problems.length > 0) throw new ValidationError('torchServe()', problems)
  return {
    kind: KIND,
    package: PACKAGE,
    launch: launch as unknown as PlannedLaunch & JsonObject,
    state: { models, defaults: state.defaults ?? {} } as unknown as PlannedState & JsonObject,
    ...(container === undefined ? {} : { container }),
  }
}
