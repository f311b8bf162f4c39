import pc from 'picocolors'
import { controlOf } from '../arrival/load-rates.ts'
import { estimateRun, estimateTrial } from '../plan/estimate.ts'
import { fullName } from '../report/case-name.ts'
import { describeLoads } from '../report/describe-load.ts'
import { printable } from '../report/printable.ts'
import { redactPlan } from '../runner/redact-plan.ts'
import { redactSecrets } from '../transport/secret-redaction.ts'
import type { JsonValue } from '../units/json.ts'
import { pipelineSteps } from '../plan/pipeline-plan.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { explainSettings } from '../plan/settings.ts'
import { formatDuration } from '../units/duration.ts'
import type { SearchOutlook } from '../plan/search/search-outlook.ts'
import { formatLoad } from '../report/load-value.ts'
import { createPlanner, type Project } from './project.ts'

/** `--dry-run`: what would be measured, in its order, and how long it would take. */
export async function showPlan(project: Project, json: boolean): Promise<void> {
  await using planner = createPlanner(project, () => {})
  const { trials } = await project.plugins.hooks.resolvePlan.promise(planner.known)
  const searches = planner.outlooks
  const estimate = estimateRun(trials, searches)
  const later = project.deferred.reduce((sum, scenario) => sum + scenario.trials, 0)
  if (json) {
    process.stdout.write(
      `${JSON.stringify(
        {
          seed: project.seed,
          config: redactSecrets(project.config as unknown as JsonValue),
          trials: trials.map((trial) => ({ ...redactPlan(trial), effective: explainSettings(trial) })),
          // A server's launch may hold secrets; trials show it without.
          searches: searches.map((search) => ({ ...search, server: undefined })),
          skipped: project.cases
            .filter((planned) => planned.skip !== null)
            .map((planned) => ({ path: planned.trial.path, case: planned.trial.case, reason: planned.skip })),
          afterSetup: project.deferred.map(({ file, path, trials: count }) => ({
            file,
            path,
            trials: count,
          })),
          estimate: { total: estimate.total, openEnded: estimate.openEnded },
        },
        null,
        2,
      )}\n`,
    )
    return
  }
  const lines = trials.map((trial) => {
    const length = estimateTrial(trial)
    const repeat = trial.repeat === 0 ? '' : pc.dim(` · repeat ${trial.repeat + 1}`)
    const follows = Object.values(trial.streams).some(({ load }) => controlOf(load) !== null)
    const load = follows ? `\n${' '.repeat(10)}${pc.dim(printable(describeLoads(trial)))}` : ''
    return `${pc.dim(length === null ? '   ?' : formatDuration(length).padStart(8))}  ${printable(fullName(trial))}${repeat}${pc.dim(chainsOf(trial))}${load}`
  })
  lines.push(...searches.flatMap(searchLines))
  lines.push(...skippedLines(project.cases.flatMap(({ skip }) => skip ?? [])))
  if (later > 0) lines.push(pc.dim(`and ${later} trials of scenarios whose setup runs first`))
  const open = estimate.openEnded > 0 ? `, and ${estimate.openEnded} of unknown length` : ''
  const searched =
    searches.length === 0 ? '' : ` and ${searches.length} ${searches.length === 1 ? 'search' : 'searches'}`
  lines.push(
    `${trials.length} ${trials.length === 1 ? 'trial' : 'trials'}${searched}, about ${formatDuration(estimate.total)}${open} · seed ${project.seed}`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** How many cases are left out, by why. */
function skippedLines(reasons: readonly string[]): readonly string[] {
  return [...Map.groupBy(reasons, (reason) => reason)].map(([reason, cases]) =>
    pc.yellow(`skipped: ${cases.length} ${cases.length === 1 ? 'case' : 'cases'}: ${printable(reason)}`),
  )
}

/** What the pipelines of a trial consist of. */
function chainsOf({ streams }: TrialPlan): string {
  return Object.entries(streams)
    .flatMap(([name, { target }]) => {
      const steps = pipelineSteps(target)
        ?.map((step) => printable(step.name))
        .join(' → ')
      return steps === undefined ? [] : [` · ${name === 'main' ? '' : `${printable(name)}: `}${steps}`]
    })
    .join('')
}

function searchLines(outlook: SearchOutlook): readonly string[] {
  const { vary, from, to, estimate, probes, confirmations, duration, longest, confirmation } = outlook
  const time = estimate === null ? '   ?' : formatDuration(estimate).padStart(8)
  const confirmed =
    confirmations === 0
      ? ', not confirmed'
      : `, then ${confirmations} of ${formatDuration(confirmation)} to confirm the answer and refute the load above`
  return [
    `${pc.dim(time)}  ${printable(fullName(outlook))}${pc.dim(` · highest ${vary} from ${formatLoad(vary, from)} to ${formatLoad(vary, to)}`)}`,
    pc.dim(
      `          about ${probes} probes of ${formatDuration(duration)}, at most ${formatDuration(longest)} at one load${confirmed}`,
    ),
  ]
}
