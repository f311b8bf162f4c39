/** Series of a Prometheus page, and the one gauge that is made of them. */
export interface MetricSelection {
  /** As the page has it; for `value: 'mean'` that of the histogram or summary, without `_sum` and `_count`. */
  readonly metric: string
  /** Series with these labels only: a value, or several of which one must be there; `null` is a label that is missing. */
  readonly labels?: Readonly<Record<string, string | null | readonly (string | null)[]>>
  /** The gauge's name. Default: the metric's, with dots for colons. */
  readonly as?: string
  /**
   * `level`: as it is read. `rate`: what a counter grew by, per second. `mean`: of what a histogram or summary took in
   * between two readings. Default: `rate` for counters, else `level`.
   */
  readonly value?: 'level' | 'rate' | 'mean'
  /** How several series become one. Default `sum`. */
  readonly of?: 'sum' | 'mean' | 'min' | 'max'
  /** Default: what the name's ending says (`_bytes`, `_seconds`), or `1`; per second for rates. */
  readonly unit?: string
}
