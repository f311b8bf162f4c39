import type { InferenceSession } from 'onnxruntime-node'

export type ExecutionMode = 'sequential' | 'parallel'
export type GraphOptimizationLevel = 'disabled' | 'basic' | 'extended' | 'all'

/** How ONNX Runtime runs a model; one session per inference thread. */
export interface SessionSettings {
  /** Threads of one operator, the inference thread included; 0: as many as cores. */
  readonly intraOpThreads: number
  /** Threads that run operators side by side, for the execution mode `parallel`; 0: as many as cores. */
  readonly interOpThreads: number
  readonly executionMode: ExecutionMode
  readonly graphOptimizationLevel: GraphOptimizationLevel
  readonly executionProviders: readonly string[]
  /** Session configuration entries of ONNX Runtime, for example `session.intra_op.allow_spinning`. */
  readonly entries: Readonly<Record<string, string>>
  /** What the names of profiles begin with, in the server's folder for them; absent: the profiler is off. */
  readonly profile?: string
}

/** @param profile the path that a profile's begins with; `null`: the profiler is off */
export function toRuntimeOptions(
  settings: SessionSettings,
  profile: string | null = null,
): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: settings.intraOpThreads,
    interOpNumThreads: settings.interOpThreads,
    executionMode: settings.executionMode,
    graphOptimizationLevel: settings.graphOptimizationLevel,
    executionProviders: settings.executionProviders,
    logSeverityLevel: 3,
    ...(profile === null ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: nestEntries(settings.entries),
  }
}

/** The binding takes entries as nested objects: `a.b.c` is `{ a: { b: { c } } }`. */
function nestEntries(entries: Readonly<Record<string, string>>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [path, value] of Object.entries(entries)) {
    const keys = path.split('.')
    const last = keys.pop() as string
    let level = root
    for (const key of keys) level = (level[key] ??= {}) as Record<string, unknown>
    level[last] = value
  }
  return root
}
