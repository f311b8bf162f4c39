import type { TargetMetadata } from 'servebench/plugin'

/** A model as its server describes it; what requests are checked against. Plain data. */
export interface OipModel extends TargetMetadata {
  readonly name: string
  /** `''`: the version that the server chooses. */
  readonly version: string
}

export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
