import type { OipModel } from '@servebench/plugin-oip/protocol'
import type { GrpcEngine, HttpEngine } from 'servebench/session'
import type { TfServingSettings } from './settings.ts'

/** What the session module gets from the preflight. Plain data. */
export interface TfServingSessionOptions extends TfServingSettings {
  readonly transport: HttpEngine | GrpcEngine
  /** The signature's inputs and outputs; empty for the methods that take examples. */
  readonly description: OipModel
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}
