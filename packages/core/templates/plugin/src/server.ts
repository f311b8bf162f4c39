import { refuseUnknown, ValidationError } from 'servebench/plugin'
import type { JsonObject, Problem, ServerSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

export interface AcmeServerOptions {
  /** Names of the models that it serves. */
  readonly models: readonly string[]
  /** Processes. Another number is another server. Default 1. */
  readonly workers?: number
  /** Threads of a model; they can be changed while it runs. Default 1. */
  readonly threads?: number
  readonly env?: Readonly<Record<string, string>>
}

/** What a running process cannot change. Plain data, with every default in place. */
export interface Launch {
  readonly models: readonly string[]
  readonly workers: number
  readonly env: Readonly<Record<string, string>>
}
/** What can be changed in place. */
export interface State {
  readonly threads: number
}

export const OPTIONS = ['models', 'workers', 'threads', 'env'] as const

/**
 * An Acme server that servebench starts.
 * @example acmeServer({ models: ['double'], threads: 2 })
 * @throws {ValidationError} with all problems of the options at once
 */
export function acmeServer(options: AcmeServerOptions): ServerSpec {
  const problems: Problem[] = []
  refuseUnknown(options, OPTIONS, '', problems)
  const { models, workers = 1, threads = 1, env = {} } = options
  if (models.length === 0) problems.push({ path: 'models', message: 'are missing: name at least one.' })
  checkCount('workers', workers, problems)
  checkCount('threads', threads, problems)
  if (problems.length > 0) throw new ValidationError('acmeServer()', problems)
  const launch: Launch = { models, workers, env }
  const state: State = { threads }
  return { kind: KIND, package: PACKAGE, launch: launch as unknown as JsonObject, state: { ...state } }
}

export function checkCount(path: string, value: unknown, problems: Problem[]): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1024) return
  problems.push({ path, message: 'must be a whole number from 1 to 1024.' })
}
