import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { JsonValue } from '../units/json.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { DEFINITIONS } from './definitions.ts'
import { refusalsOf, regressionsOf } from './compare.ts'
import { exitCodeOf, type ExitOptions } from './exit-code.ts'
import type {
  JournalLine,
  PlanLine,
  RunEndLine,
  RunLine,
  SegmentLine,
  TrialStartLine,
} from './journal-line.ts'
import { groupByCase, poolCase } from './pool.ts'
import { readJournal } from './read-journal.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial, WindowResult } from './result.ts'
import type { RunComparison } from './run-comparison.ts'
import type { SearchResult } from './search-result.ts'
import { concludeStudy } from './study/conclude-study.ts'
import { omittedTrials } from './study/kept-trials.ts'
import type { StudyConfiguration, StudyHeader, StudyMeasurement, StudyResult } from './study/study-result.ts'
import { createUnfinishedTrial } from './unfinished-trial.ts'

export interface AssembleOptions {
  /** Journal text and trials that a live run could not write. */
  readonly unsavedJournal?: string
  readonly unsavedTrials?: ReadonlyMap<string, Trial>
  /** Check lines of the journal and trial files: for folders that this process did not write. */
  readonly acceptsLine?: (line: unknown) => boolean
  readonly acceptsTrial?: (trial: unknown) => boolean
}

/**
 * Puts a run's result together from its journal and trial files: at its end, when it was interrupted, and later when
 * its process was killed. Trials that had started and have no file become `interrupted` with what their windows show;
 * planned ones that never started become `skipped`.
 * @throws {ServebenchError} `SERVEBENCH_JOURNAL` when the folder has no readable journal.
 */
export function assembleResult(directory: string, options: AssembleOptions = {}): RunResult {
  const reading = readJournal(join(directory, 'journal.ndjson'), {
    ...(options.unsavedJournal === undefined ? {} : { unsaved: options.unsavedJournal }),
    ...(options.acceptsLine === undefined ? {} : { accepts: options.acceptsLine }),
  })
  const journal = sortLines(reading.lines)
  const { run, end } = journal
  if (run === null) {
    throw new ServebenchError(
      'SERVEBENCH_JOURNAL',
      `The journal in '${directory}' does not begin with its run.`,
      {
        advice:
          'The run was killed before its first trial, or the file is damaged: there is nothing to report.',
      },
    )
  }
  const notes = reading.corrupt.map((line) => `Line ${line} of the journal is damaged and was left out.`)
  const studies = studiesOf(journal)
  const omitted = omittedTrials(studies, run.id)
  if (omitted.size > 0)
    notes.push(
      `The trials of ${omitted.size} measurements of studies are left out here, those of the configurations that did worst: they are in the folder \`trials\`.`,
    )
  const files = readTrials(directory, notes, options, omitted)
  const trials = [...journal.plans.values()]
    .filter((line) => !omitted.has(line.trial.id))
    .map((line) => files.get(line.trial.id) ?? unfinished(line, journal))
  for (const trial of files.values()) if (!journal.plans.has(trial.id)) trials.push(trial)
  const searches = [...journal.searches.values()].map(ended)
  const cases = inOrder(groupByCase(trials, searches).map(poolCase), run.cases ?? [])
  const exit = exitCodeOf(
    { trials, cases, searches, studies },
    {
      strict: end?.strict ?? false,
      interrupted: end?.interrupted ?? true,
      error: end?.error ?? null,
      ...comparisonCauses(journal.comparison),
    },
  )
  return {
    schemaVersion: 1,
    run: {
      id: run.id,
      startedAt: run.startedAt,
      finishedAt: end?.finishedAt ?? null,
      seed: run.seed,
      command: run.command,
      environment: {
        ...run.environment,
        servers: Object.fromEntries([...Object.entries(run.environment.servers), ...journal.servers]),
      },
      versions: run.versions,
      gates: run.gates,
      notes,
      exit,
      ...(run.order === undefined ? {} : { order: { ...run.order, trials: [...journal.starts.keys()] } }),
      ...(end?.time === undefined ? {} : { time: end.time }),
    },
    definitions: DEFINITIONS,
    trials,
    cases,
    searches,
    ...(studies.length === 0 ? {} : { studies }),
    analyses: journal.analyses,
    ...(journal.comparison === null ? {} : { comparison: journal.comparison }),
  }
}

/** A run that becomes the baseline is not failed by the old one. */
function comparisonCauses(comparison: RunComparison | null): Pick<ExitOptions, 'regressions' | 'refusals'> {
  if (comparison === null || comparison.accepted) return {}
  return { regressions: regressionsOf(comparison), refusals: refusalsOf(comparison) }
}

/** No search goes on any more when its run's result is put together. */
function ended(search: SearchResult): SearchResult {
  if (search.outcome !== 'running') return search
  return { ...search, outcome: 'interrupted', message: 'The run ended before the search did.' }
}

/** No study goes on any more either. */
function studiesOf({
  studies,
  measurements,
  pointServers,
  configurations,
}: SortedJournal): readonly StudyResult[] {
  const byStudy = Map.groupBy(measurements, ({ study }) => study)
  return [...studies.values()].map((header): StudyResult => {
    const concluded = concludeStudy(header, byStudy.get(header.id) ?? [])
    const servers = pointServers.get(header.id)
    const written = configurations.get(header.id)
    const points = concluded.points.map((point) => {
      const server = servers?.get(point.id)
      return server === undefined ? point : { ...point, server }
    })
    return { ...concluded, points, ...(written === undefined ? {} : { configurations: written }) }
  })
}

/** What the journal says, by kind and by trial. */
interface SortedJournal {
  run: RunLine | null
  end: RunEndLine | null
  readonly plans: Map<string, PlanLine>
  readonly servers: Map<string, JsonValue>
  readonly starts: Map<string, TrialStartLine>
  readonly windows: Map<string, WindowResult[]>
  readonly events: Map<string, Trial['events'][number][]>
  readonly searches: Map<string, SearchResult>
  readonly studies: Map<string, StudyHeader>
  readonly measurements: StudyMeasurement[]
  /** By study and point. */
  readonly pointServers: Map<string, Map<string, ServerPlan>>
  readonly configurations: Map<string, readonly StudyConfiguration[]>
  readonly analyses: AnalysisTable[]
  comparison: RunComparison | null
}

function sortLines(lines: readonly JournalLine[]): SortedJournal {
  const journal: SortedJournal = {
    run: null,
    end: null,
    plans: new Map(),
    servers: new Map(),
    starts: new Map(),
    windows: new Map(),
    events: new Map(),
    searches: new Map(),
    studies: new Map(),
    measurements: [],
    pointServers: new Map(),
    configurations: new Map(),
    analyses: [],
    comparison: null,
  }
  for (const line of lines) {
    switch (line.type) {
      case 'run':
        journal.run ??= line
        break
      case 'plan':
        journal.plans.set(line.trial.id, line)
        break
      case 'server':
        journal.servers.set(line.name, line.value)
        break
      case 'trial-start':
        journal.starts.set(line.trial, line)
        break
      case 'window':
        listOf(journal.windows, line.trial).push(line.window)
        break
      case 'segment':
        listOf(journal.events, line.trial).push(segmentEvent(line))
        break
      case 'event':
        if (line.trial !== null) {
          listOf(journal.events, line.trial).push({ at: line.at, kind: line.kind, message: line.message })
        }
        break
      case 'trial-end':
        break
      case 'search':
        journal.searches.set(line.search.id, line.search)
        break
      case 'study':
        journal.studies.set(line.study.id, line.study)
        break
      case 'study-measurement':
        journal.measurements.push(line.measurement)
        break
      case 'study-server': {
        const servers = journal.pointServers.get(line.study) ?? new Map<string, ServerPlan>()
        journal.pointServers.set(line.study, servers.set(line.point, line.server))
        break
      }
      case 'study-configurations':
        journal.configurations.set(line.study, line.configurations)
        break
      case 'analysis':
        journal.analyses.push(line.table)
        break
      case 'comparison':
        journal.comparison = line.comparison
        break
      case 'run-end':
        journal.end = line
        break
    }
  }
  return journal
}

function listOf<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key)
  if (list !== undefined) return list
  const made: T[] = []
  map.set(key, made)
  return made
}

function segmentEvent({ at, stream, segment }: SegmentLine): Trial['events'][number] {
  const what = 'concurrency' in segment ? `concurrency ${segment.concurrency}` : `rate ${segment.rate}/s`
  return { at, kind: 'segment', message: `${stream}: ${what}` }
}

function readTrials(
  directory: string,
  notes: string[],
  options: AssembleOptions,
  omitted: ReadonlySet<string>,
): Map<string, Trial> {
  const trials = new Map<string, Trial>()
  for (const name of listTrialFiles(directory)) {
    if (omitted.has(name.slice(0, -'.json'.length))) continue
    const path = join(directory, 'trials', name)
    try {
      const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
      if (options.acceptsTrial?.(value) === false) throw new RangeError('Not a trial.')
      const trial = value as Trial
      trials.set(trial.id, trial)
    } catch {
      notes.push(`The trial file '${name}' is damaged and was left out.`)
    }
  }
  for (const [id, trial] of options.unsavedTrials ?? []) if (!omitted.has(id)) trials.set(id, trial)
  return trials
}

function listTrialFiles(directory: string): string[] {
  try {
    return readdirSync(join(directory, 'trials'))
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort()
  } catch {
    return []
  }
}

function unfinished({ trial: plan, planHash }: PlanLine, journal: SortedJournal): Trial {
  const start = journal.starts.get(plan.id)
  if (start === undefined) {
    return createUnfinishedTrial(plan, {
      state: 'skipped',
      planHash,
      error: {
        code: 'SERVEBENCH_NOT_RUN',
        message: 'The run ended before this trial began.',
        advice: null,
        detail: null,
      },
    })
  }
  return createUnfinishedTrial(plan, {
    state: 'interrupted',
    planHash,
    error: {
      code: 'SERVEBENCH_INTERRUPTED',
      message: 'The run ended during this trial.',
      advice: 'Run it again: what its windows show is only a part.',
      detail: null,
    },
    startedAt: start.startedAt,
    engine: start.engine,
    workers: start.workers,
    connections: start.connections,
    windows: journal.windows.get(plan.id) ?? [],
    events: journal.events.get(plan.id) ?? [],
  })
}

/** Cases that no list has, such as those of a `setup`, come last, in the order in which they were planned. */
function inOrder(cases: readonly CaseResult[], ids: readonly string[]): readonly CaseResult[] {
  const places = new Map(ids.map((id, place) => [id, place]))
  const placeOf = ({ id }: CaseResult): number => places.get(id) ?? ids.length
  return cases.toSorted((one, other) => placeOf(one) - placeOf(other))
}
