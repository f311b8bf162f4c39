import type { Duration } from '../units/duration.ts'

/** What one unit of arrival consists of, when it is more than one request. */
export type ExchangeOptions =
  | 'request'
  /** `steps` requests in a row with one sequence id, each due `thinkTime` (0 by default) after the previous settlement. */
  | { readonly sequence: { readonly steps: number; readonly thinkTime?: Duration } }
  /** One bidirectional stream: `messages` sent `interval` (0 by default) apart, then half-closed. */
  | { readonly stream: { readonly messages: number; readonly interval?: Duration } }
