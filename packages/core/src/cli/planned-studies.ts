import { resolve } from 'node:path'
import { dependenciesOf } from '../collector/import-graph.ts'
import { Problems } from '../dsl/problems.ts'
import { parseBudget, readStudySearch, type StudyPlan } from '../dsl/study-plan.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { Log } from '../hooks/plugin.ts'
import { StudyPlanner, type PlannedStudy } from '../plan/study/study-planner.ts'
import { captureEnvironment } from '../report/environment.ts'
import { environmentKey } from '../report/study/environment-key.ts'
import { StudyStore, studiesFolder } from '../report/study/study-store.ts'
import { configuredSamplers } from '../runner/sampler-setup.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { PlanContents } from '../watch/plan-contents.ts'
import type { Project } from './project.ts'
import { reviewMetrics } from './review-metrics.ts'
import { tuneServer, type TuneContext } from './tune-server.ts'

/** What the command line says of all studies. */
export interface StudyArguments {
  readonly search?: string
  readonly budget?: string
}

/** The studies of a project as they are run: as the command line has them, with what plugins say of their servers. */
export async function readyStudies(
  { studies, plugins, config }: Pick<Project, 'studies' | 'plugins' | 'config'>,
  options: StudyArguments,
  examine: TuneContext['examine'],
): Promise<readonly PlannedStudy[]> {
  const wanted = studies.map((study) => withArguments(study, options))
  const ready: PlannedStudy[] = []
  for (const study of wanted) ready.push(await tuneServer(study, { hooks: plugins.hooks, examine }))
  reviewMetrics(ready, {
    samplers: configuredSamplers(config.samplers, plugins),
    mayBeMore: config.plugins.length > 0,
  })
  return ready
}

export interface PlannerNeeds {
  /** Nothing of earlier runs is taken over. */
  readonly fresh: boolean
  readonly log: Log
  /** Receives what has gone wrong outside of trials. */
  readonly failures: string[]
}

/** Their planner, with the measurements of earlier runs in the project's folder of results. */
export async function createStudyPlanner(
  { config, seed, collection }: Project,
  studies: readonly PlannedStudy[],
  { fresh, log, failures }: PlannerNeeds,
): Promise<StudyPlanner> {
  const output = resolve(config.root, config.output)
  const contents = new PlanContents({
    root: config.root,
    output,
    imports: (file) => dependenciesOf(collection.graph, file),
  })
  const { studyMeasurementSchema } = await import('../report/schema-study.ts')
  return new StudyPlanner(studies, {
    seed,
    searchSeed: config.seed ?? 'search',
    now: () => performance.now() * MILLISECOND,
    environment: environmentKey(captureEnvironment()),
    contents: (plan) => contents.of(plan),
    store: (study) =>
      new StudyStore(studiesFolder(output), study, {
        accepts: fresh ? null : (line) => studyMeasurementSchema.safeParse(line).success,
        warn: (message) => log.warn(message),
      }),
    onFailure: ({ path, file }, error) => {
      const message = `study ${path.join(' > ')} (${file}): ${messageOf(error)}`
      failures.push(message)
      log.warn(message)
    },
  })
}

/** What the command line says goes before what the study says. */
function withArguments(study: PlannedStudy, { search, budget }: StudyArguments): PlannedStudy {
  const problems = new Problems()
  const plan: StudyPlan = {
    ...study.plan,
    ...(search === undefined
      ? {}
      : { search: readStudySearch(problems, search, study.plan.axes) ?? study.plan.search }),
    ...(budget === undefined ? {} : { budget: { ...study.plan.budget, ...given(parseBudget(budget)) } }),
  }
  const [problem] = problems.errors
  if (problem !== undefined) {
    throw new ServebenchError('SERVEBENCH_USAGE', `--search ${search}: ${problem.message}`, {
      advice: 'The strategies are grid, quick, random, bayesian and halving; a list is written in the study.',
    })
  }
  return { ...study, plan }
}

function given(budget: StudyPlan['budget']): Partial<StudyPlan['budget']> {
  return budget.time === null ? { configurations: budget.configurations } : { time: budget.time }
}
