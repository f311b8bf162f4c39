/** Points on a line, one after the other, without end. */
export interface PointProcess {
  /**
   * - `arrivals`: the points have mean distance 1 and are stretched by the rate function
   * - `nanos`: the points are instants already, and there is no rate function
   */
  readonly scale: 'arrivals' | 'nanos'
  /** Of a process of instants: whether it can run before the load's beginning, to warm up with. */
  readonly steady?: boolean
  /**
   * The next point, never before the last one; `Infinity` when there is no further one, NaN when a file has not been read
   * that far yet (then the same call is made again).
   */
  next(): number
}
