import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError } from '../errors/validation-error.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { RunningServer } from '../hooks/server.ts'
import { tuningMachine } from '../hooks/tuning-machine.ts'
import type { ServerTuning } from '../hooks/tuning.ts'
import { automaticStudy } from '../plan/study/automatic-space.ts'
import type { PlannedStudy } from '../plan/study/study-planner.ts'
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
export async function tuneServer(
  study: PlannedStudy,
  { hooks, examine }: TuneContext,
): Promise<PlannedStudy> {
  const { plan, cases } = study
  if ('open' in cases) {
    if (plan.automatic) throw refusal(study, 'its cases are known after `setup` only: name its axes.')
    if (!namesSettings(plan)) return study
    const open = async () => {
      const opened = await cases.open()
      const server = opened.cases[0]?.trial.server ?? null
      const tuning = server === null ? undefined : await tuningOf(hooks, server)
      return { ...opened, cases: applied({ ...study, cases: opened.cases }, tuning).cases }
    }
    return { ...study, cases: { ...cases, open } }
  }
  const ready = { ...study, cases }
  const server = cases[0]?.trial.server ?? null
  if (plan.automatic !== true && !namesSettings(plan)) return study
  if (server === null) throw refusal(study, 'its settings are those of a server, and it has none.')
  const tuning = await tuningOf(hooks, server)
  if (plan.automatic !== true) return applied(ready, tuning)
  const tunables = await examine(server, async ({ control }) => (await control?.tunables?.()) ?? [])
  const candidates = tuning?.candidates?.(server, tuningMachine()) ?? []
  const found = automaticStudy(ready, { tuning, tunables, candidates })
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

function applied(study: Parameters<typeof applySettings>[0], tuning: ServerTuning | undefined): typeof study {
  try {
    return applySettings(study, tuning)
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const problems = error.problems.map(({ path, message, suggestion }) => {
      const meant = suggestion === undefined ? '' : ` Did you mean '${suggestion}'?`
      return `${path} ${message}${meant}`
    })
    const all = problems.length === 1 ? ` ${problems[0]}` : problems.map((line) => `\n  ${line}`).join('')
    throw refusal(study, `\`settings\`:${all}`, error)
  }
}

function refusal({ path, file }: PlannedStudy, why: string, cause?: unknown): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_SPACE',
    `The study '${path.join(' > ')}' (${file}) cannot be run: ${why}`,
    {
      advice: 'Paths of settings are those of the options of the server’s factory: see its README.',
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
