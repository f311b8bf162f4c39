/** Energy of one source over a stretch of time, as far as it was read. */
export interface PowerReading {
  readonly gauge: string
  readonly device: string | null
  readonly scope: 'system' | 'accelerator' | 'cpu' | 'memory'
  readonly method: 'counter' | 'average' | 'instant' | 'estimate'
  /** Joules over the time that readings cover, and that time in seconds. */
  readonly joules: number
  readonly covered: number
}
