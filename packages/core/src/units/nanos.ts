/**
 * An instant or a duration in nanoseconds, as a double: exact to 2^53 ns (104 days).
 * Instants count from the run's origin; inside the core every time is a `Nanos`, strings exist only at the edges.
 */
export type Nanos = number & { readonly [unit]?: 'ns' }
declare const unit: unique symbol

export const MICROSECOND: Nanos = 1_000
export const MILLISECOND: Nanos = 1_000_000
export const SECOND: Nanos = 1_000_000_000
