import type { ServerPlan } from '../../plan/trial-plan.ts'
import type { JsonObject, JsonValue } from '../../units/json.ts'

/** Members of launches and states that say how requests are put together. */
const BATCHING = /batch|queue_?delay/i
/** Those that switch it on, by being something; `batchSize` does by being above 1. */
const SWITCH = /batching$/i
const SIZE = /^batch_?size$/i

export interface BatchingSetting {
  /** The server without all that concerns batches. */
  readonly server: JsonValue
  /** What concerns batches, by its path. */
  readonly members: JsonObject
  readonly isOn: boolean
}

/** Parts the setting of a server into what concerns batches and the rest, by the names that servers have for it. */
export function batchingSetting(server: ServerPlan): BatchingSetting {
  const members: Record<string, JsonValue> = {}
  const rest = part(server as unknown as JsonValue, '', members)
  const isOn = Object.entries(members).some(([path, value]) => {
    const name = path.slice(path.lastIndexOf('.') + 1)
    if (SIZE.test(name)) return typeof value === 'number' && value > 1
    return SWITCH.test(name) && value !== null && value !== false
  })
  return { server: rest, members, isOn }
}

function part(value: JsonValue, path: string, members: Record<string, JsonValue>): JsonValue {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((member, index) => part(member, `${path}.${index}`, members))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value as JsonObject).flatMap(([name, member]) => {
      if (member === undefined) return []
      const at = `${path}.${name}`
      // The models' own artifacts have batches too, which are not the server's.
      if (name === 'artifact' || name === 'source') return [[name, member]]
      if (!BATCHING.test(name)) return [[name, part(member, at, members)]]
      members[at] = member
      return []
    }),
  )
}
