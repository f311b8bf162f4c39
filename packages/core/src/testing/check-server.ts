import { setTimeout as delay } from 'node:timers/promises'
import { ValidationError } from '../errors/validation-error.ts'
import type { ArtifactSpec, BuiltArtifact } from '../hooks/artifact.ts'
import type { RunningServer, ServerControl } from '../hooks/server.ts'
import { parseDuration, type Duration } from '../units/duration.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import { Breach, within } from './breach.ts'
import { checkRules, type ConformanceReport } from './conformance.ts'
import { SERVER_RULES } from './server-rules.ts'

/** Milliseconds between two readings of something that is waited for. */
const POLL = 20

/** What the check may do to a server that the test has started. */
export interface ServerCheckOptions {
  /** A model that is loaded and ready. */
  readonly model?: string
  /** Sends `model` one request that succeeds, and is done when it is answered: shows that statistics count it. */
  readonly request?: () => Promise<unknown>
  /** A state that the server is not in, for `configure`. */
  readonly configuration?: {
    readonly state: JsonObject
    /** Reads from the server, without its control, whatever `state` changes. */
    readonly observe: () => Promise<JsonValue>
    /** Builds the artifacts that `state` names. */
    readonly artifact?: (spec: ArtifactSpec) => Promise<BuiltArtifact>
  }
  /** Ends the server. What its control then says is checked last. */
  readonly stopServer?: () => Promise<unknown>
  /** How long any one call may take; 30 s by default. */
  readonly patience?: Duration
}

/** A server under test. */
export class ServerBench {
  readonly server: RunningServer
  readonly control: ServerControl
  readonly options: ServerCheckOptions
  readonly #patience: number

  constructor(server: RunningServer, control: ServerControl, options: ServerCheckOptions) {
    this.server = server
    this.control = control
    this.options = options
    this.#patience = parseDuration(options.patience ?? '30s') / 1e6
  }

  /** @throws {Breach} when a call takes too long */
  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    return await within(promise, what, this.#patience)
  }

  /** Reads again until it is there, or takes too long; the last one either way. */
  async until<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
    const deadline = performance.now() + this.#patience
    for (;;) {
      const value = await read()
      if (isThere(value) || performance.now() >= deadline) return value
      await delay(POLL)
    }
  }

  require(holds: boolean, message: string): void {
    if (!holds) throw new Breach(message)
  }
}

/**
 * Checks a server's control against the contract (`RunningServer`, `ServerControl`), as the runner relies on it: it
 * describes itself in plain data, counters only grow and count what was answered, a state that was brought about can be
 * taken back in both ways, refusals are errors with words, and a server that is gone is not live.
 *
 * Loads and unloads `model` and configures the server: give it one that nobody else uses. Only the capabilities that the
 * control has are checked.
 * @param server what the plugin's `launch` provider returned; see `launchServer`
 * @throws {ValidationError} with every rule that was broken, and how
 */
export async function checkServer(
  server: RunningServer,
  options: ServerCheckOptions = {},
): Promise<ConformanceReport> {
  const { control } = server
  const subject = `The ${server.kind} server`
  if (control === null) {
    throw new ValidationError(subject, [{ path: 'control', message: 'is null: there is nothing to check.' }])
  }
  const bench = new ServerBench(server, control, options)
  return checkRules({
    subject,
    rules: SERVER_RULES,
    options,
    isAbsent: ({ can = [] }) => can.some((method) => control[method] === undefined),
    attempt: async (rule) => rule.run(bench),
  })
}
