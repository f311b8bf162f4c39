/**
 * Arithmetic of the roofline model (Williams, Waterman, Patterson: Roofline, CACM 52 (4), 2009): no work runs faster
 * than a device computes, nor faster than its memory delivers.
 */

/** One execution of a model, in FLOP and bytes. */
export interface Work {
  readonly flops: number
  /** Learned elements × bytes of each. */
  readonly parameterBytes: number
  /** What an execution reads of its weights: of tables, only the rows that it looks up. */
  readonly touchedWeightBytes: number
  readonly inputBytes: number
  readonly outputBytes: number
  /** Sum of all operations' outputs. */
  readonly activationBytes: number
}

/** An execution of several inferences: its weights are read once, everything else is moved for each of them. */
export function workOfBatch(one: Work, inferences: number): Work {
  return {
    flops: one.flops * inferences,
    parameterBytes: one.parameterBytes,
    touchedWeightBytes: one.touchedWeightBytes,
    inputBytes: one.inputBytes * inferences,
    outputBytes: one.outputBytes * inferences,
    activationBytes: one.activationBytes * inferences,
  }
}

/**
 * What counts as traffic:
 * - `article`: weights + 2 × outputs of all layers, as in the InferBench article (4 P + 2 Mem_out for float32)
 * - `compulsory`: what cannot be avoided: weights once per execution, inputs and outputs; activations stay in caches
 * - `streamed`: weights once, and each activation written and read again
 * - `measured`: what counters of the device say
 */
export type IntensityMode = 'article' | 'compulsory' | 'streamed' | 'measured'

/**
 * Bytes that an execution moves; `null` for `measured` without a measurement.
 * @param measured bytes between memory and device in one execution
 */
export function trafficOf(mode: IntensityMode, work: Work, measured: number | null = null): number | null {
  switch (mode) {
    case 'article':
      return work.parameterBytes + 2 * work.activationBytes
    case 'compulsory':
      return work.touchedWeightBytes + work.inputBytes + work.outputBytes
    case 'streamed':
      // What the operations put out is written and read; what leaves the model is not read again.
      return work.touchedWeightBytes + work.inputBytes + 2 * work.activationBytes - work.outputBytes
    case 'measured':
      return measured
  }
}

/** FLOP per byte; `null` where there is no traffic to divide by. */
export function intensityOf(mode: IntensityMode, work: Work, measured: number | null = null): number | null {
  const bytes = trafficOf(mode, work, measured)
  return bytes === null || !(bytes > 0) ? null : work.flops / bytes
}

/** One roof: FLOP/s and bytes/s. */
export interface Roof {
  readonly peak: number
  readonly bandwidth: number
}

/** The intensity from which on a device computes as fast as it can, FLOP per byte. */
export function ridgePoint({ peak, bandwidth }: Roof): number {
  return peak / bandwidth
}

/** FLOP/s at most, at an intensity. */
export function attainable({ peak, bandwidth }: Roof, intensity: number): number {
  return Math.min(peak, bandwidth * intensity)
}

/** What limits work of this intensity. */
export function boundOf(roof: Roof, intensity: number): 'compute' | 'memory' {
  return intensity < ridgePoint(roof) ? 'memory' : 'compute'
}

/** Executions per second at most: by computing, and by moving `bytes` each time. */
export function mostExecutions({ peak, bandwidth }: Roof, flops: number, bytes: number): number {
  return Math.min(flops > 0 ? peak / flops : Infinity, bytes > 0 ? bandwidth / bytes : Infinity)
}

/** What was achieved, as shares of what could be; rates are executions per second. */
export interface Achieved {
  /** FLOP/s. */
  readonly flops: number
  /** Bytes/s, by the traffic of a mode. */
  readonly bandwidth: number | null
  /** Of the peak: model FLOP utilisation. */
  readonly ofPeak: number
  /** Of what the intensity allows. */
  readonly ofAttainable: number | null
  /** Of the bandwidth. */
  readonly ofBandwidth: number | null
}

export function achievedBy(roof: Roof, work: Work, rate: number, bytes: number | null): Achieved {
  const flops = rate * work.flops
  const bandwidth = bytes === null ? null : rate * bytes
  const intensity = bytes === null || !(bytes > 0) ? null : work.flops / bytes
  return {
    flops,
    bandwidth,
    ofPeak: flops / roof.peak,
    ofAttainable: intensity === null || !(intensity > 0) ? null : flops / attainable(roof, intensity),
    ofBandwidth: bandwidth === null ? null : bandwidth / roof.bandwidth,
  }
}
