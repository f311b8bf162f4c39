import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { parseBytes, type ByteSize } from '../units/bytes.ts'
import type { ServerSpec } from './server.ts'

/** What the processes of a server may use; each process of its own, where there are replicas. */
export interface ConfineOptions {
  /** The CPUs that it runs on, as `taskset` takes them: `'0-3'`, `'0,2'`. */
  readonly cpus?: string
  /** Memory at most, by a control group (cgroup v2) of its own; beyond it, the system ends the server. */
  readonly memory?: ByteSize
}

/** {@link ConfineOptions} as plain data. */
export interface ServerLimits {
  /** As `taskset` takes them. */
  readonly cpus: string | null
  /** Bytes. */
  readonly memory: number | null
}

/**
 * A server that has not all of the machine. Where a limit cannot be set, the server is not started, and the result says
 * why.
 * @example server: ({ cpus }) => confine(onnxServer({ models: [model] }), { cpus })
 * @throws {ValidationError} with all problems of the options at once
 */
export function confine<Spec extends ServerSpec>(server: Spec, options: ConfineOptions): Spec {
  const problems: Problem[] = []
  const { cpus = null, memory } = options
  if (cpus !== null && !isCpuList(cpus))
    problems.push({ path: 'cpus', message: `must be CPUs such as '0-3' or '0,2', not '${String(cpus)}'.` })
  let bytes: number | null = null
  try {
    bytes = memory === undefined ? null : parseBytes(memory)
  } catch (error) {
    problems.push({ path: 'memory', message: (error as Error).message })
  }
  if (bytes === 0) problems.push({ path: 'memory', message: 'must be above 0.' })
  if (problems.length > 0) throw new ValidationError('confine()', problems)
  return { ...server, limits: { cpus, memory: bytes } }
}

/** Whether `taskset -c` takes it. */
export function isCpuList(value: unknown): value is string {
  return typeof value === 'string' && /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(value)
}
