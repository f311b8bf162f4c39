import { confine } from '../dsl/confine.ts'
import { replicate } from '../dsl/replicate.ts'
import { ValidationError } from '../errors/validation-error.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { ByteSize } from '../units/bytes.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import { withValue } from './setting-path.ts'
import type { ServerTuning } from './tuning.ts'

/** As the runner starts at most. */
const MOST_REPLICAS = 64
const ENVIRONMENT = 'env.'

/**
 * A server with another value of one of its settings, by its path: `replicas`, `cpus`, `memory`, `container.image`,
 * `env.NAME`, which servers of any kind have, and whatever its plugin knows. Pure: equal arguments give equal plans. What
 * has another `launch` afterwards (or replicas, limits, container) is another process; what has another `state` is
 * changed while the server runs.
 * @param tuning of the server's kind; `undefined` where its plugin has none
 * @throws {ValidationError} for a path that the server does not have, and a value that it would not take
 */
export function applyTunable(
  server: ServerPlan,
  path: string,
  value: JsonValue,
  tuning: ServerTuning | undefined,
): ServerPlan {
  if (path === 'replicas') return withReplicas(server, value)
  if (path === 'cpus' || path === 'memory') return withLimit(server, path, value)
  if (path === 'container.image') return withImage(server, value)
  if (path.startsWith(ENVIRONMENT)) return withVariable(server, path.slice(ENVIRONMENT.length), value)
  if (tuning !== undefined) return tuning.apply(server, path, value)
  throw refusal(
    server,
    path,
    `is no setting of a server of the kind '${server.kind}', which cannot be tuned.`,
  )
}

/** All values of a configuration, one after the other. */
export function applyTunables(
  server: ServerPlan,
  values: Readonly<Record<string, JsonValue>>,
  tuning: ServerTuning | undefined,
): ServerPlan {
  return Object.entries(values).reduce(
    (plan, [path, value]) => applyTunable(plan, path, value, tuning),
    server,
  )
}

function withReplicas(server: ServerPlan, value: JsonValue): ServerPlan {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MOST_REPLICAS)
    throw refusal(
      server,
      'replicas',
      `must be a whole number from 1 to ${MOST_REPLICAS}, not ${show(value)}.`,
    )
  if (value === 1 && server.replicas === undefined) return server
  return replicate(server, { count: value, policy: server.replicas?.policy ?? 'roundRobin' })
}

/** `null` takes the limit away. */
function withLimit(server: ServerPlan, path: 'cpus' | 'memory', value: JsonValue): ServerPlan {
  const { cpus = null, memory = null } = server.limits ?? {}
  const wanted: Record<string, unknown> = {
    cpus,
    memory: memory === null ? null : `${memory}B`,
    [path]: value,
  }
  const { limits: _before, ...rest } = server
  if (wanted['cpus'] === null && wanted['memory'] === null) return rest
  return confine(rest, {
    ...(wanted['cpus'] === null ? {} : { cpus: wanted['cpus'] as string }),
    ...(wanted['memory'] === null ? {} : { memory: wanted['memory'] as ByteSize }),
  })
}

function withImage(server: ServerPlan, value: JsonValue): ServerPlan {
  const { container } = server
  if (container === undefined)
    throw refusal(server, 'container.image', 'is of a server in a container, which this one is not.')
  if (typeof value !== 'string' || value === '')
    throw refusal(server, 'container.image', `must be the name of an image, not ${show(value)}.`)
  return { ...server, container: { ...container, image: value } }
}

/** `null` takes the variable away from those that are added. */
function withVariable(server: ServerPlan, name: string, value: JsonValue): ServerPlan {
  const before = server.launch['env']
  if (typeof before !== 'object' || before === null || Array.isArray(before))
    throw refusal(server, `env.${name}`, 'is of a server whose environment can be added to.')
  if (!/^[A-Za-z_]\w*$/.test(name)) throw refusal(server, `env.${name}`, 'is no name of a variable.')
  if (typeof value === 'object' && value !== null)
    throw refusal(server, `env.${name}`, `must be a text or a number, not ${show(value)}.`)
  const { [name]: _before, ...others } = before as JsonObject
  const env = value === null ? others : withValue(others, [name], String(value))
  return { ...server, launch: { ...server.launch, env } }
}

function refusal(server: ServerPlan, path: string, message: string): ValidationError {
  return new ValidationError(`A setting of the ${server.kind} server`, [{ path, message }])
}

function show(value: JsonValue): string {
  return JSON.stringify(value)
}
