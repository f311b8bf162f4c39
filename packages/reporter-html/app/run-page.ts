import { formatBytes } from 'servebench/plugin'
import type { AnalysisTable, Trial } from 'servebench/plugin'
import { analysis } from './analysis.ts'
import { caseFold } from './case-fold.ts'
import { comparisonSection } from './comparison.ts'
import { configurationsPart } from './configurations.ts'
import type { ContentsEntry } from './contents.ts'
import { h } from './dom.ts'
import { facts } from './facts.ts'
import { addPlace, openPlace } from './places.ts'
import { overview, scenariosOf } from './overview.ts'
import { nameOf, type RunContext } from './run-context.ts'
import { searchSection } from './search.ts'
import { anchor, fold, section } from './section.ts'
import { json } from './server-report.ts'
import { trialFold } from './trial-fold.ts'

export interface Part {
  readonly element: HTMLElement
  readonly contents: ContentsEntry
}

/** The parts of a run, in the order in which they stand on the page. */
export function runParts(run: RunContext): readonly Part[] {
  const { result } = run
  const scenarios = scenariosOf(run)
  const path = (name: string): string => `${run.prefix}/${name}`
  const parts: Part[] = [part('Overview', path('overview'), overview(run, scenarios))]
  if (result.comparison !== undefined) {
    const { comparison } = result
    parts.push(
      part(
        'Baseline',
        path('baseline'),
        comparisonSection(comparison, {
          path: path('baseline'),
          title: `Compared with ${comparison.baseline}`,
          base: 'baseline',
          other: 'this run',
        }),
      ),
    )
  }
  const configurations = configurationsPart(run)
  if (configurations !== null) parts.push(configurations)
  if (scenarios.length > 0) {
    parts.push({
      element: section(
        { path: path('cases'), title: 'Cases' },
        scenarios.map(({ title, file, cases }, index) => {
          const element = h(
            'div',
            { class: 'scenario' },
            h('p', { class: 'scenario-name' }, title, h('span', { class: 'file' }, file)),
            cases.map((one) => caseFold(run, one)),
          )
          addPlace(path(`scenario/${index + 1}`), () => element)
          return element
        }),
      ),
      contents: {
        title: 'Cases',
        path: path('cases'),
        entries: scenarios.flatMap(({ cases, title }, index): readonly ContentsEntry[] => {
          const entries = cases.map((one) => ({
            title: nameOf(one),
            detail: title,
            path: run.path('case', one.id),
            mark: run.summary(one.id)?.outcome ?? one.verdict.validity,
          }))
          return scenarios.length === 1 ? entries : [{ title, path: path(`scenario/${index + 1}`), entries }]
        }),
      },
    })
  }
  const analyses = placeAnalyses(run)
  if (analyses.length > 0) {
    parts.push({
      element: section(
        { path: path('analyses'), title: 'Analyses' },
        inChapters(run, analyses).map((one) =>
          'tables' in one ? chapterFold(one) : analysis(one.table, one.path),
        ),
      ),
      contents: {
        title: 'Analyses',
        path: path('analyses'),
        entries: inChapters(run, analyses).map((one) => ({
          title: 'tables' in one ? one.title : one.table.title,
          path: one.path,
        })),
      },
    })
  }
  if (result.searches.length > 0) {
    parts.push(
      part(
        'Searches',
        path('searches'),
        section(
          { path: path('searches'), title: 'Searches' },
          result.searches.map((one) => searchSection(run, one)),
        ),
      ),
    )
  }
  const others = otherTrials(run)
  if (others.length > 0) {
    parts.push(
      part(
        'Other trials',
        path('trials'),
        section(
          { path: path('trials'), title: 'Other trials' },
          h('p', { class: 'note' }, 'Those of searches, warm-ups and profilers: no case is judged by them.'),
          others.map((trial) => trialFold(run, trial)),
        ),
      ),
    )
  }
  parts.push(part('Environment', path('environment'), environment(run)))
  return parts
}

interface PlacedTable {
  readonly table: AnalysisTable
  readonly path: string
}

interface Chapter {
  readonly title: string
  readonly path: string
  readonly open: boolean
  readonly tables: readonly PlacedTable[]
}

/** Tables of a chapter are one entry, where the first of them stands. */
function inChapters(run: RunContext, analyses: readonly PlacedTable[]): readonly (PlacedTable | Chapter)[] {
  const seen = new Set<string>()
  return analyses.flatMap((one): readonly (PlacedTable | Chapter)[] => {
    const { chapter } = one.table
    if (chapter === undefined) return [one]
    if (seen.has(chapter.id)) return []
    seen.add(chapter.id)
    const { id, title, open = false } = chapter
    const tables = analyses.filter(({ table }) => table.chapter?.id === id)
    return [{ title, path: run.path('chapter', id), open, tables }]
  })
}

function chapterFold({ title, path, open, tables }: Chapter): HTMLElement {
  const element = fold(
    { path, class: 'case', screenOnly: !open },
    [h('h3', {}, title, anchor(path, title))],
    () => tables.map(({ table, path: own }) => analysis(table, own, 4)),
  )
  // Links to tables lead here before anybody has opened the chapter.
  for (const { path: own } of tables) {
    addPlace(own, () => {
      openPlace(path)
      return openPlace(own) ?? element
    })
  }
  if (open) openPlace(path)
  return element
}

/** Several scenarios may have an analysis of the same name: the second is `name-2`. */
function placeAnalyses(run: RunContext): readonly PlacedTable[] {
  const seen = new Map<string, number>()
  return run.result.analyses.map((table) => {
    const count = (seen.get(table.name) ?? 0) + 1
    seen.set(table.name, count)
    return { table, path: run.path('analysis', count === 1 ? table.name : `${table.name}-${count}`) }
  })
}

function otherTrials({ result }: RunContext): readonly Trial[] {
  const known = new Set(result.cases.flatMap(({ trials }) => trials))
  return result.trials.filter(({ id }) => !known.has(id))
}

function part(title: string, path: string, element: HTMLElement): Part {
  return { element, contents: { title, path } }
}

function environment({ result, prefix }: RunContext): HTMLElement {
  const { run } = result
  const { os, cpu, memory, accelerators, servers } = run.environment
  return section(
    { path: `${prefix}/environment`, title: 'Environment and configuration' },
    facts([
      ['processor', cpu.model],
      [
        'cores',
        `${cpu.cores}${cpu.physicalCores === null ? '' : ` (${cpu.physicalCores} physical)`}${cpu.limit === null ? '' : `, limited to ${cpu.limit}`}`,
      ],
      [
        'clock',
        cpu.mhz === null
          ? null
          : `${Math.round(cpu.mhz)} MHz${cpu.governor === null ? '' : `, governor ${cpu.governor}`}`,
      ],
      [
        'memory',
        `${formatBytes(memory.total)}${memory.limit === null ? '' : `, limited to ${formatBytes(memory.limit)}`}`,
      ],
      [
        'accelerators',
        accelerators
          .map(({ name, memory: size, driver }) =>
            [name, size === null ? null : formatBytes(size), driver === null ? null : `driver ${driver}`]
              .filter((one) => one !== null)
              .join(', '),
          )
          .join('; '),
      ],
      [
        'system',
        `${os.platform} ${os.release} ${os.arch}${os.container === null ? '' : `, in ${os.container}`}`,
      ],
      ['run', h('code', {}, run.id)],
      ['order', run.order === undefined ? null : `cases ${run.order.cases}, repeats ${run.order.interleave}`],
    ]),
    json('Gates that decide whether a measurement is valid', run.gates),
    Object.keys(servers).length === 0 ? null : json('Servers', servers),
  )
}
