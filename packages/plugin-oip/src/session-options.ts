import type { GrpcEngine, HttpEngine } from 'servebench/session'
import type { OipModel } from './mapping/model.ts'
import type { UniqueFields } from './mapping/unique-fields.ts'
import type { OipSettings } from './settings.ts'
import type { OipProtocol } from './target.ts'

/** What the session module gets from the preflight. Plain data. */
export interface OipSessionOptions extends OipSettings {
  readonly protocol: OipProtocol
  readonly transport: HttpEngine | GrpcEngine
  readonly description: OipModel
  readonly unique: UniqueFields
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}
