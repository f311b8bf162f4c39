/**
 * What a measurement says about where its limit is. Shares are 0 to 1; `null` is what nobody has measured, and is never
 * taken for 0.
 */
export interface Evidence {
  /** CPU of the busiest load thread, in cores, and the dispatch lag over the mean response time. */
  readonly loadThread: number | null
  readonly lag: number | null
  /** What neither the tool nor its servers used of this machine. */
  readonly foreignCpu: number | null
  /** CPU of the client's machine, where the target is on another one. */
  readonly clientCpu: number | null
  /** Over the mean response time: waiting to be sent, network, and by the server's own account queue, copies, the model. */
  readonly wait: number | null
  readonly network: number | null
  readonly queue: number | null
  readonly copy: number | null
  readonly infer: number | null
  /** Of a GPU: time in which any kernel ran; multiprocessors in use; bandwidth in use. The busiest one's. */
  readonly gpuBusy: number | null
  readonly gpuUnits: number | null
  readonly gpuBandwidth: number | null
  /** Time in which clocks were held back by power, and by temperature or hardware; power over its limit. */
  readonly powerThrottle: number | null
  readonly heatThrottle: number | null
  readonly powerOfLimit: number | null
  /** Of the target's machine, where that is this one: CPU of the server over the cores it may use, and of everybody. */
  readonly serverCpu: number | null
  readonly hostCpu: number | null
  /** Periods in which its CPU limit held the server back. */
  readonly cpuThrottle: number | null
  /** Time in which some thread waited for memory. */
  readonly memoryPressure: number | null
  /** Threads that could run, for each core; time in which one of them waited; the server's involuntary switches for each request. */
  readonly runnable: number | null
  readonly cpuPressure: number | null
  readonly involuntary: number | null
  /** A case with the same work, fewer threads that could run, and the highest throughput. */
  readonly calmer: Calmer | null
  /** By the roofline: the side of the ridge, and what was reached of the roof there. */
  readonly side: 'compute' | 'memory' | null
  readonly ofRoof: number | null
}

export interface Calmer {
  readonly name: string
  /** Throughput of this case over that of the calmer one. */
  readonly throughput: number
  readonly runnable: number
  readonly cpuPressure: number | null
  readonly involuntary: number | null
}

/** Nothing was measured. */
export const NO_EVIDENCE: Evidence = {
  loadThread: null,
  lag: null,
  foreignCpu: null,
  clientCpu: null,
  wait: null,
  network: null,
  queue: null,
  copy: null,
  infer: null,
  gpuBusy: null,
  gpuUnits: null,
  gpuBandwidth: null,
  powerThrottle: null,
  heatThrottle: null,
  powerOfLimit: null,
  serverCpu: null,
  hostCpu: null,
  cpuThrottle: null,
  memoryPressure: null,
  runnable: null,
  cpuPressure: null,
  involuntary: null,
  calmer: null,
  side: null,
  ofRoof: null,
}
