/** What is seen of a target over one period of control. */
export interface PlantReading {
  /** Mean of the gauge. */
  readonly gauge: number
  /** Completions per second, and how many they were. */
  readonly throughput: number
  readonly completed: number
}

/** What one load has shown. */
export interface Level extends PlantReading {
  readonly load: number
}

/** What a controller aims at, and where it may go. */
export interface ControlGoal {
  readonly target: number
  /** The largest value that the gauge can have; Infinity where there is none. */
  readonly ceiling: number
  /** How far the mean of the gauge may be from the target. */
  readonly tolerance: number
  /** Loads, in users or arrivals per second: the first one, the least and the most. */
  readonly from: number
  readonly least: number
  readonly most: number
  /** Whether loads are users: a search for the right one looks at whole numbers of them. */
  readonly whole: boolean
}

/**
 * - `identify`: the load goes up until the target is near, to learn how the gauge follows it
 * - `approach`: the load is moved until the gauge stays at the target
 * - `hold`: it does; the load is only moved when it leaves
 * - `unreachable`: no load that is allowed brings the gauge to the target
 */
export type ControlPhase = 'identify' | 'approach' | 'hold' | 'unreachable'

/** Decides about a load, one period after the other. It reads nothing itself, so that it runs on any clock. */
export interface LoadController {
  readonly phase: ControlPhase
  /** The load for the next period; a part of a user is that share of the period. */
  readonly load: number
  /** Where the target cannot be reached: the gauge's mean at the load that brings it nearest. */
  readonly plateau: number | null
  /** Why it cannot: more load brings no more, the highest load is not enough, or the least is too much. */
  readonly obstacle: 'plateau' | 'most' | 'least' | null
  /** Times that the load was cut because the gauge was far above the target. */
  readonly backOffs: number
  /** Takes what was seen since the load was last set. */
  tick(reading: PlantReading): void
}
