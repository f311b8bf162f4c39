import { mkdirSync } from 'node:fs'
import { posix } from 'node:path'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { RunningServer, ServerProfiler } from '../hooks/server.ts'
import { estimateTrial } from '../plan/estimate.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { ProfileReport } from '../report/result.ts'
import type { JsonValue } from '../units/json.ts'

/** A profiler that is on. */
export class TrialProfiler {
  readonly #profiler: ServerProfiler
  /** Where its files go, relative to the run's folder. */
  readonly #folder: string

  private constructor(profiler: ServerProfiler, folder: string) {
    this.#profiler = profiler
    this.#folder = folder
  }

  /**
   * Switches the server's profiler on.
   * @param path of the trial's files, without an ending: absolute, and relative to the run's folder
   * @param changing takes down how changes of a server are taken back that outlives the run
   * @throws {ServebenchError} `SERVEBENCH_PROFILE` with why there is none
   */
  static async start(
    plan: TrialPlan,
    server: RunningServer | null,
    path: { readonly absolute: string; readonly relative: string },
    changing?: (undo: JsonValue) => void,
  ): Promise<TrialProfiler> {
    if (server === null) throw unavailable('the case has no server of its own')
    const { control, kind } = server
    if (control?.profile === undefined)
      throw unavailable(`servers of the kind '${kind}' have no profiler here`)
    mkdirSync(path.absolute, { recursive: true })
    try {
      const profiler = await control.profile({
        directory: path.absolute,
        targets: Object.values(plan.streams).map(({ target }) => target),
        duration: estimateTrial(plan),
        ...(changing === undefined ? {} : { changing }),
      })
      return new TrialProfiler(profiler, path.relative)
    } catch (error) {
      throw unavailable(messageOf(error), error)
    }
  }

  /** Switches it off. @throws whatever the server's control throws: then it may still be on */
  async stop(): Promise<ProfileReport> {
    const { name, tables, files, notes = [] } = await this.#profiler.stop()
    return { name, tables, files: files.map((file) => posix.join(this.#folder, file)), notes }
  }
}

function unavailable(reason: string, cause?: unknown): ServebenchError {
  const message = `The profile is unavailable: ${reason.replace(/\.?$/, '.')}`
  return new ServebenchError('SERVEBENCH_PROFILE', message, cause === undefined ? {} : { cause })
}
