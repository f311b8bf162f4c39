import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ConfigurationFile } from '../hooks/tuning.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { writeFileAtomically } from '../report/atomic-file.ts'
import { shortName } from '../report/analyses/study-names.ts'
import { isRunId } from '../report/run-id.ts'
import type { StudyConfiguration, StudyPoint, StudyResult } from '../report/study/study-result.ts'
import type { Trial } from '../report/result.ts'
import { diffFiles } from '../report/unified-diff.ts'
import { REDACTED } from '../transport/secret-redaction.ts'
import type { JsonValue } from '../units/json.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { PluginHost } from './plugin-host.ts'

export interface ConfigurationNeeds {
  /** Of the run. */
  readonly directory: string
  readonly plugins: Pick<PluginHost, 'hooks' | 'loadProvider'>
  readonly artifacts: Pick<ArtifactStore, 'build'>
  /** Where relative paths of plans start. */
  readonly root: string
  /** Several studies share the folder. */
  readonly several: boolean
}

const FOLDER = 'configurations'
/** Of those that tie. */
const MOST_BEST = 3
const MOST_FILES = 1000
/** Of a file, in characters. */
const LONGEST_FILE = 4 * 1024 * 1024
/** Of a patch, in characters: longer ones are in their files only. */
const LONGEST_DIFF = 32 * 1024
const LARGEST_TRIAL = 64 * 1024 * 1024
const LONGEST_NAME = 80

/** The configurations that a study is asked for: what it has found, and what that is compared with. */
export function foundPoints({ best, baseline, points }: StudyResult): readonly string[] {
  const found = best.length > 0 ? best.slice(0, MOST_BEST) : []
  return [baseline, ...found.filter((id) => id !== baseline)].filter((id) =>
    points.some((one) => one.id === id),
  )
}

/**
 * Writes the files that bring a server into configurations of a study, without servebench, into the run's folder, and a
 * patch from those of the baseline for each. Empty where no configuration has a server. What cannot be written says why.
 */
export async function writeConfigurations(
  study: StudyResult,
  wanted: readonly string[],
  needs: ConfigurationNeeds,
): Promise<readonly StudyConfiguration[]> {
  const points = [study.baseline, ...wanted.filter((id) => id !== study.baseline)].flatMap(
    (id) => study.points.find((point) => point.id === id) ?? [],
  )
  if (points.every(({ server }) => server === undefined)) return []
  const baseline = points.find(({ id }) => id === study.baseline)
  const present = baseline === undefined ? null : await render(study, baseline, needs)
  const names = new Set<string>()
  const configurations: StudyConfiguration[] = []
  for (const point of points) {
    const rendered = point === baseline && present !== null ? present : await render(study, point, needs)
    const own = folderName(shortName(study, point), point, names)
    const folder = join(FOLDER, needs.several ? fileName(study.path.join(' ')) : '', own)
    configurations.push(write(study, point, { rendered, present, folder, baseline }, needs))
  }
  return configurations
}

type Rendered =
  | { readonly files: readonly ConfigurationFile[]; readonly instructions: string | null }
  | { readonly problem: string }

/** From what is stored alone: there need not be a server any more. */
async function render(
  study: StudyResult,
  point: StudyPoint,
  { directory, plugins, artifacts, root }: ConfigurationNeeds,
): Promise<Rendered> {
  const { server } = point
  if (server === undefined) return { problem: 'What its server was is not known.' }
  try {
    await plugins.loadProvider(server.kind, server.package)
    const tuning = await plugins.hooks.tune.for(server.kind).promise(server)
    if (tuning?.configuration === undefined)
      return { problem: `Nothing writes the configuration of servers of the kind '${server.kind}'.` }
    const effective = effectiveConfig(study, point, directory)
    const files = await tuning.configuration(server, {
      artifact: (spec) => artifacts.build(spec),
      root,
      control: null,
      ...(effective === undefined ? {} : { effective }),
    })
    if (files.length > MOST_FILES || files.some(({ text }) => text.length > LONGEST_FILE))
      return { problem: 'Its files are too many or too long.' }
    return { files, instructions: tuning.instructions ?? null }
  } catch (error) {
    const advice = error instanceof ServebenchError && error.advice !== null ? ` ${error.advice}` : ''
    return { problem: `${messageOf(error)}${advice}` }
  }
}

/** What the server said of itself while the point was measured: in the file of a trial, of this run or an earlier one. */
function effectiveConfig(
  { measurements }: StudyResult,
  point: StudyPoint,
  directory: string,
): JsonValue | undefined {
  for (const index of point.measurements.toReversed()) {
    const { run = '', trial = '' } = measurements[index] ?? {}
    if (!isRunId(run) || !/^[0-9a-f]{12}$/.test(trial)) continue
    const path = join(dirname(directory), run, 'trials', `${trial}.json`)
    try {
      if (statSync(path).size > LARGEST_TRIAL) continue
      const stored = JSON.parse(readFileSync(path, 'utf8')) as Pick<Trial, 'server'> | null
      const found = stored?.server?.effectiveConfig
      if (found !== undefined && found !== null) return found
    } catch {
      // A run that somebody has deleted, or a file that is damaged: another one may tell.
    }
  }
  return undefined
}

interface Written {
  readonly rendered: Rendered
  readonly present: Rendered | null
  readonly folder: string
  readonly baseline: StudyPoint | undefined
}

function write(
  study: StudyResult,
  point: StudyPoint,
  { rendered, present, folder, baseline }: Written,
  { directory }: ConfigurationNeeds,
): StudyConfiguration {
  const known = {
    point: point.id,
    name: shortName(study, point),
    role: point.id === study.baseline ? 'baseline' : study.best.includes(point.id) ? 'best' : 'chosen',
  } as const
  const nothing = { directory: null, files: [], patch: null, diff: null, apply: null }
  if ('problem' in rendered) return { ...known, ...nothing, problem: rendered.problem }
  const besides = baseline === undefined || baseline === point ? [] : differencesBesides(baseline, point)
  const { files, instructions } = rendered
  const diff =
    present === null || 'problem' in present || present === rendered ? '' : diffFiles(present.files, files)
  const isSecret = files.some(({ text }) => text.includes(REDACTED))
  const apply = [
    ...(files.length === 0 ? [] : [instructions ?? HOW]),
    ...(isSecret ? [`Put your secrets in the place of ${REDACTED}.`] : []),
    ...(besides.length === 0 ? [] : [`In no file: ${besides.join(', ')}.`]),
  ].join(' ')
  if (files.length === 0)
    return {
      ...known,
      ...nothing,
      apply: apply === '' ? null : apply,
      problem: 'It sets nothing that stands in a file.',
    }
  for (const { path, text } of files) writeBelow(join(directory, folder), path, text)
  const patch = diff === '' ? null : `${folder}.patch`
  if (patch !== null) writeBelow(directory, patch, diff)
  return {
    ...known,
    directory: slashed(folder),
    files: files.map(({ path }) => path),
    patch: patch === null ? null : slashed(patch),
    diff: diff === '' || diff.length > LONGEST_DIFF ? null : diff,
    apply,
    problem: null,
  }
}

const HOW =
  'Put these files where the server reads them, or apply the patch to those that are there, and start it anew.'

/** What servebench does to a server of any kind, and no file of the server's own can say. */
function differencesBesides(
  { server: before }: StudyPoint,
  { server: after }: StudyPoint,
): readonly string[] {
  if (before === undefined || after === undefined) return []
  const facts = (plan: ServerPlan): readonly (readonly [string, string])[] => [
    ['replicas', String(plan.replicas?.count ?? 1)],
    ['cpus', String(plan.limits?.cpus ?? 'unlimited')],
    ['memory', String(plan.limits?.memory ?? 'unlimited')],
    ['image', plan.container?.image ?? 'none'],
  ]
  const then = new Map(facts(before))
  return facts(after).flatMap(([name, value]) =>
    then.get(name) === value ? [] : [`${name} ${then.get(name)} → ${value}`],
  )
}

/** Names come from plans and plugins: none leads out of the folder. */
function writeBelow(folder: string, name: string, text: string): void {
  const path = resolve(folder, name)
  if (!path.startsWith(folder + sep))
    throw new ServebenchError(
      'SERVEBENCH_WRITE',
      `'${name}' is no name of a file below ${relative('.', folder)}.`,
    )
  mkdirSync(dirname(path), { recursive: true })
  writeFileAtomically(path, text)
}

function folderName(name: string, { id }: StudyPoint, taken: Set<string>): string {
  const short = fileName(name) || 'configuration'
  const unique = taken.has(short.toLowerCase()) || short !== name ? `${short}-${id.slice(0, 6)}` : short
  taken.add(unique.toLowerCase())
  return unique
}

/** What every file system takes, and shells without quotes. */
function fileName(text: string): string {
  return text
    .replace(/[^\w.=,+-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, LONGEST_NAME)
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}
