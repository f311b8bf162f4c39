import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { parseBytes, type ByteSize } from '../units/bytes.ts'
import type { ServerSpec } from './server.ts'

/** What the processes of a server may use; each process of its own, where there are replicas. */
export interface ConfineOptions {
  /**
   * The CPUs that it runs on, as `taskset` takes them (`'0-3'`, `'0,2'`), or how many of its own: of `2`, the first
   * replica gets the CPUs 0 and 1, the next one 2 and 3.
   */
  readonly cpus?: string | number
  /** Memory at most, by a control group (cgroup v2) of its own; beyond it, the system ends the server. */
  readonly memory?: ByteSize
}

/** {@link ConfineOptions} as plain data. */
export interface ServerLimits {
  /** As `taskset` takes them, or how many for each replica. */
  readonly cpus: string | number | null
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
  if (cpus !== null && !isCpus(cpus)) {
    const message = `must be CPUs such as '0-3' or '0,2', or how many, not '${String(cpus)}'.`
    problems.push({ path: 'cpus', message })
  }
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

/** A list, or how many. */
export function isCpus(value: unknown): value is string | number {
  return isCpuList(value) || (Number.isSafeInteger(value) && (value as number) > 0)
}

/** The limits of one of several processes: CPUs of its own, where it is said how many. */
export function limitsOf({ cpus, memory }: ServerLimits, replica: number): ServerLimits {
  if (typeof cpus !== 'number') return { cpus, memory }
  const first = replica * cpus
  return { cpus: cpus === 1 ? `${first}` : `${first}-${first + cpus - 1}`, memory }
}
