import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import { isRunning } from './host-claim.ts'
import { startTimeOf } from './proc.ts'

/** Whose changes a journal holds: what is needed to reach the server again. Secrets stand there as references. */
export type ChangedServer = Pick<ServerPlan, 'kind' | 'package' | 'launch'>

/** Changes of a server that a process has made and not taken back. */
export interface LeftChanges {
  readonly path: string
  readonly server: ChangedServer
  /** See `ServerControl.undo`; oldest first. */
  readonly steps: readonly JsonValue[]
}

/** Nobody changes that much; a file that is larger is not ours. */
const LARGEST = 64 * 1024 * 1024
const SUFFIX = '.ndjson'

let count = 0

/** Where the journals of a results folder are. */
export function undoFolder(output: string): string {
  return join(output, 'undo')
}

/**
 * What a run has changed in a server that outlives it, written down before each change: whatever becomes of the run,
 * it can be taken back. The file is there from the first change on until everything has been taken back.
 */
export class UndoJournal {
  readonly #path: string
  readonly #server: ChangedServer
  #begun = false

  constructor(folder: string, { kind, package: packageName, launch }: ServerPlan) {
    this.#path = join(folder, `${process.pid}-${startTimeOf(process.pid) ?? 0}-${count++}${SUFFIX}`)
    this.#server = { kind, package: packageName, launch }
  }

  /** @throws {ServebenchError} `SERVEBENCH_UNDO` when it cannot be written: the change must not be made then */
  add(step: JsonValue): void {
    try {
      if (!this.#begun) {
        mkdirSync(dirname(this.#path), { recursive: true })
        this.#write({ server: { ...this.#server } })
      }
      this.#begun = true
      this.#write({ step })
    } catch (cause) {
      throw new ServebenchError(
        'SERVEBENCH_UNDO',
        `How to take back a change of the ${this.#server.kind} server could not be written to ${this.#path}.`,
        { advice: 'The change was not made. Give a results folder that can be written: --output.', cause },
      )
    }
  }

  /** Everything is as it was. */
  remove(): void {
    if (this.#begun) rmSync(this.#path, { force: true })
    this.#begun = false
  }

  #write(line: JsonObject): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`)
  }
}

/** What processes that are gone have not taken back. */
export function findLeftChanges(folder: string): LeftChanges[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names.sort().flatMap((name) => {
    const [, pid, started] = /^(\d{1,10})-(\d+)-\d+\.ndjson$/.exec(name) ?? []
    if (pid === undefined || isRunning(Number(pid), started === '0' ? null : (started ?? null))) return []
    return readJournal(join(folder, name)) ?? []
  })
}

/** `null` for a file that names no server, or no change: there is nothing that it could lead to. */
function readJournal(path: string): LeftChanges | null {
  let lines: JsonObject[]
  try {
    if (statSync(path).size > LARGEST) return null
    lines = readFileSync(path, 'utf8').split('\n').flatMap(parseLine)
  } catch {
    return null
  }
  const server = lines.map((line) => line['server']).find((found) => found !== undefined)
  const steps = lines.flatMap((line) => (line['step'] === undefined ? [] : [line['step']]))
  return isServer(server) && steps.length > 0 ? { path, server, steps } : null
}

/** The last line may be torn: its change was not made. */
function parseLine(line: string): JsonObject[] {
  try {
    const value = JSON.parse(line) as JsonValue
    return isObject(value) ? [value] : []
  } catch {
    return []
  }
}

function isServer(value: JsonValue | undefined): value is ChangedServer & JsonObject {
  return (
    isObject(value) &&
    typeof value['kind'] === 'string' &&
    typeof value['package'] === 'string' &&
    isObject(value['launch'])
  )
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `2 changes of the triton server at http://host:8000`. */
export function describeLeftChanges({ server, steps }: LeftChanges): string {
  const address = Object.values(server.launch).find(
    (value): value is string => typeof value === 'string' && /^https?:\/\//.test(value),
  )
  const changes = steps.length === 1 ? 'a change' : `${steps.length} changes`
  return `${changes} of the ${server.kind} server${address === undefined ? '' : ` at ${address}`}`
}
