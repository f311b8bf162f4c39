import { formatCount } from 'servebench/report'
import type { ReportData } from '../src/page/page-data.ts'
import type { ContentsEntry } from './contents.ts'
import { definitionsSection } from './definitions.ts'
import { h } from './dom.ts'
import { RunContext } from './run-context.ts'
import { runHeader } from './run-header.ts'
import { runParts, type Part } from './run-page.ts'
import { section } from './section.ts'
import { setDefinitions } from './terms.ts'
import { togetherParts } from './together.ts'

export interface Page {
  readonly title: string
  readonly subtitle: string
  readonly contents: readonly ContentsEntry[]
  readonly body: readonly HTMLElement[]
}

/** Milliseconds. */
const SOON = 200

export function reportPage({ runs, together }: ReportData): Page {
  const isOnly = runs.length === 1
  const contexts = runs.map((run, index) => new RunContext(run, index, isOnly))
  // When the page is there: a case that is opened has its curves at once, and so has paper.
  setTimeout(() => {
    for (const context of contexts) void context.unpackCurves()
  }, SOON)
  const definitions = Object.assign({}, ...runs.map(({ result }) => result.definitions)) as Record<
    string,
    string
  >
  setDefinitions(definitions)
  const last: Part = {
    element: definitionsSection(definitions),
    contents: { title: 'Definitions', path: '/definitions' },
  }
  const [first] = contexts as [RunContext, ...RunContext[]]
  if (isOnly) {
    const parts = [...runParts(first), last]
    return {
      title: 'Benchmark report',
      subtitle: first.result.run.id,
      contents: parts.map((part) => part.contents),
      body: [h('div', { class: 'top' }, runHeader(first)), ...parts.map((part) => part.element)],
    }
  }
  const parts = [
    ...(together === null ? [] : togetherParts(contexts, together)),
    ...contexts.map((context): Part => {
      const inner = runParts(context)
      return {
        element: section(
          { path: context.prefix, title: context.data.label },
          runHeader(context),
          inner.map((part) => part.element),
        ),
        contents: {
          title: context.data.label,
          path: context.prefix,
          entries: inner.map((part) => part.contents),
        },
      }
    }),
    last,
  ]
  return {
    title: `${formatCount(runs.length)} runs side by side`,
    subtitle: runs.map(({ result }) => result.run.id).join(', '),
    contents: parts.map((part) => part.contents),
    body: parts.map((part) => part.element),
  }
}
