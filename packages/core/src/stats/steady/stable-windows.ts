/** What perf_analyzer looks at in a window. */
export interface StabilityWindow {
  /** Completions per second. */
  readonly throughput: number
  /** Mean time of a request; in any unit. */
  readonly latency: number | null
}

export interface StabilityRule {
  /** Windows in a row that must agree; perf_analyzer's default is 3. */
  readonly windows: number
  /** How far the largest may be above the smallest, as a share of the smallest; perf_analyzer's default is 0.1. */
  readonly within: number
}

/**
 * perf_analyzer's rule: of the last windows (3), none is empty, and the largest throughput and the largest latency are at
 * most 10 % above the smallest ones. Says nothing of a slow drift, which passes from window to window.
 */
export function windowsAgree(windows: readonly StabilityWindow[], rule: StabilityRule): boolean {
  if (windows.length < rule.windows) return false
  const last = windows.slice(-rule.windows)
  return (
    agree(
      last.map(({ throughput }) => throughput),
      rule.within,
    ) &&
    agree(
      last.map(({ latency }) => latency ?? 0),
      rule.within,
    )
  )
}

function agree(values: readonly number[], within: number): boolean {
  const low = Math.min(...values)
  return low > 0 && Math.max(...values) <= low * (1 + within)
}
