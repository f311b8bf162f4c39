import { userFile } from '../collector/user-module.ts'
import { moduleUrl } from '../hooks/module-reference.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { ConnectedStream } from './session-setup.ts'

/**
 * What the threads of earlier runs have imported: those of the next run import it while they wait, so that a change is
 * measured at once. Never a module of the user, which may change until then.
 */
export class KnownModules {
  readonly #workers = new Set<string>()
  readonly #aide = new Set<string>()

  get ofWorkers(): readonly string[] {
    return [...this.#workers]
  }

  get ofAide(): readonly string[] {
    return [...this.#aide]
  }

  note(plan: TrialPlan, streams: readonly ConnectedStream[]): void {
    for (const { session, input, steps } of streams) {
      for (const { module } of [session, ...(steps ?? []).flatMap((step) => step.session ?? [])]) {
        if (userFile(module) !== undefined) continue
        this.#workers.add(module)
        this.#aide.add(module)
      }
      if (input.from === 'module' && userFile(input.reference.module) === undefined)
        this.#aide.add(input.reference.module)
    }
    this.#aide.add(moduleUrl(import.meta.url, '../report/hdr'))
    if (plan.settings.records !== 'none')
      this.#aide.add(moduleUrl(import.meta.url, '../report/record-stream'))
  }
}
