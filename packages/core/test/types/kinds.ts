import type { TargetSpec } from 'servebench/plugin'

/** Two target kinds as plugins declare them. */
declare module 'servebench/plugin' {
  interface TargetKinds {
    tensors: {
      options: { readonly url?: string; readonly model: string }
      request: TensorsRequest
      response: TensorsResponse
    }
  }
}
declare module 'servebench/plugin' {
  interface TargetKinds {
    search: { options: { readonly url: string }; request: SearchRequest; response: SearchResponse }
  }
}

export interface TensorsRequest {
  readonly inputs: readonly number[]
  readonly priority?: number
}
export interface TensorsResponse {
  readonly outputs: readonly number[]
}
export type SearchRequest =
  | { readonly query: string; readonly priority?: 1 | 2 }
  | { readonly document: string; readonly inputs: readonly number[] }
export interface SearchResponse {
  readonly hits: number
}

export function tensors(options: { readonly url?: string; readonly model: string }): TargetSpec<'tensors'> {
  return { kind: 'tensors', package: 'plugin-tensors', options }
}
export function search(options: { readonly url: string }): TargetSpec<'search'> {
  return { kind: 'search', package: 'plugin-search', options }
}
