import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError } from '../errors/validation-error.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { RunningServer } from '../hooks/server.ts'
import { tuningMachine } from '../hooks/tuning-machine.ts'
import type { ServerTuning } from '../hooks/tuning.ts'
import { automaticStudy } from '../plan/study/automatic-space.ts'
import type { OpenStudy, PlannedStudy } from '../plan/study/study-planner.ts'
import type { ReadyStudy } from '../plan/study/study-run.ts'
import { applySettings, namesSettings } from '../plan/study/study-settings.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'

export interface TuneContext {
  readonly hooks: RunnerHooks
  /** Starts a server for as long as `read` takes. */
  readonly examine: <T>(server: ServerPlan, read: (server: RunningServer) => Promise<T>) => Promise<T>
}

/**
 * A study with what the plugin of its server has to say: the settings that its axes name, or the axes themselves.
 * @throws {ServebenchError} `SERVEBENCH_SPACE` for settings that the server does not have, or when nothing is left to vary
 */
export async function tuneServer(study: PlannedStudy, context: TuneContext): Promise<PlannedStudy> {
  const { plan, cases } = study
  if (plan.automatic !== true && !namesSettings(plan)) return study
  if (!('open' in cases)) return await tuneReady({ ...study, cases }, context)
  // What the server is, is known when `setup` has run.
  const open = async (): Promise<OpenStudy> => {
    const opened = await cases.open()
    try {
      const found = await tuneReady({ ...study, cases: opened.cases }, context)
      return { ...opened, cases: found.cases, study: found }
    } catch (error) {
      await opened.close()
      throw error
    }
  }
  return { ...study, cases: { ...cases, open } }
}

async function tuneReady(study: ReadyStudy, { hooks, examine }: TuneContext): Promise<ReadyStudy> {
  const { plan, cases } = study
  const server = cases[0]?.trial.server ?? null
  if (server === null) throw refusal(study, 'its settings are those of a server, and it has none.')
  const tuning = await tuningOf(hooks, server)
  if (plan.automatic !== true) return applied(study, tuning)
  const tunables = await examine(server, async ({ control }) => (await control?.tunables?.()) ?? [])
  const candidates = tuning?.candidates?.(server, tuningMachine()) ?? []
  const found = automaticStudy(study, { tuning, tunables, candidates })
  if (found.points.length < 2)
    throw refusal(
      study,
      `the ${server.kind} server names nothing that is worth a try: name axes in \`space\`.`,
    )
  return found
}

async function tuningOf(hooks: RunnerHooks, server: ServerPlan): Promise<ServerTuning | undefined> {
  return await hooks.tune.for(server.kind).promise(server)
}

function applied(study: ReadyStudy, tuning: ServerTuning | undefined): ReadyStudy {
  try {
    return applySettings(study, tuning)
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const problems = error.problems.map(({ path, message, suggestion }) => {
      const meant = suggestion === undefined ? '' : ` Did you mean '${suggestion}'?`
      return `${path} ${message}${meant}`
    })
    throw refusal(study, `\`settings\`: ${problems.join('\n  ')}`, error)
  }
}

function refusal({ path, file }: ReadyStudy, why: string, cause?: unknown): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_SPACE',
    `The study '${path.join(' > ')}' (${file}) cannot be run: ${why}`,
    {
      advice: 'Paths of settings are those of the options of the server’s factory: see its README.',
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
