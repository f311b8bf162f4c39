import type { TargetSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

export interface AcmeOptions {
  readonly model: string
  /** Default: the server of the case. */
  readonly url?: string
}
export interface AcmeRequest {
  readonly inputs: readonly number[]
}
export interface AcmeResponse {
  readonly model: string
  readonly outputs: readonly number[]
}

declare module 'servebench/plugin' {
  interface TargetKinds {
    acme: { options: AcmeOptions; request: AcmeRequest; response: AcmeResponse }
  }
}

/**
 * A model on an Acme server. Inert: nothing is connected to here.
 * @example acme({ model: 'double' })
 */
export function acme(options: AcmeOptions): TargetSpec<typeof KIND> {
  return { kind: KIND, package: PACKAGE, options }
}
