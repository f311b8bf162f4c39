import type { RunResult } from 'servebench/plugin'
import { formatShare, standingOf } from 'servebench/report'
import type { ContentsEntry } from './contents.ts'
import { copyButton } from './copy-button.ts'
import { h, type Child } from './dom.ts'
import { saveFile } from './download.ts'
import { facts } from './facts.ts'
import { linkTo } from './places.ts'
import type { RunContext } from './run-context.ts'
import { anchor, fold, section } from './section.ts'

type Study = NonNullable<RunResult['studies']>[number]
type Configuration = NonNullable<Study['configurations']>[number]

/** Files that studies have written for the configurations that they found, and what these change. */
export function configurationsPart(
  run: RunContext,
): { readonly element: HTMLElement; readonly contents: ContentsEntry } | null {
  const studies = (run.result.studies ?? []).filter(({ configurations = [] }) => configurations.length > 0)
  if (studies.length === 0) return null
  const path = `${run.prefix}/configurations`
  const title = 'Ready to apply'
  return {
    element: section(
      { path, title },
      studies.map((study) =>
        h(
          'div',
          { class: 'scenario' },
          h(
            'p',
            { class: 'scenario-name' },
            study.path.join(' > '),
            h('span', { class: 'file' }, study.file),
          ),
          h('p', { class: 'note' }, study.message),
          (study.configurations ?? []).map((one) => configurationFold(run, study, one)),
        ),
      ),
    ),
    contents: {
      title,
      path,
      entries: studies.flatMap(({ configurations = [] }) =>
        configurations.map((one) => ({ title: nameOf(one), path: placeOf(run, one) })),
      ),
    },
  }
}

function placeOf(run: RunContext, { point }: Configuration): string {
  return run.path('configuration', point)
}

function nameOf({ name }: Configuration): string {
  return name === '' ? 'as it is' : name.replaceAll(',', ', ')
}

function configurationFold(run: RunContext, study: Study, one: Configuration): HTMLElement {
  const path = placeOf(run, one)
  const gain = study.points.find(({ id }) => id === one.point)?.gain ?? null
  const brief = [
    standingOf(one, study),
    ...(gain === null ? [] : [`gain ${gain < 0 ? '−' : '+'}${formatShare(Math.abs(gain))}`]),
    ...(one.directory === null ? [one.problem ?? ''] : []),
  ]
  return fold(
    { path, class: 'case' },
    [
      h('h3', {}, nameOf(one), anchor(path, nameOf(one))),
      h('span', { class: 'brief' }, brief.filter((part) => part !== '').join(' · ')),
    ],
    () => body(run, study, one),
  )
}

function body(run: RunContext, study: Study, one: Configuration): readonly Child[] {
  const { directory, files, patch, diff, apply, problem } = one
  const chapter = `configuration-${study.id}-${one.point}`
  const isDetailed = run.result.analyses.some((table) => table.chapter?.id === chapter)
  return [
    problem === null ? null : h('p', { class: 'note' }, problem),
    apply === null ? null : h('p', {}, apply),
    facts([
      ['folder, in that of the run', directory === null ? null : h('code', {}, directory)],
      ['files', files.length === 0 ? null : files.map((file) => h('code', { class: 'path' }, file))],
      ['patch', patch === null ? null : h('code', {}, patch)],
    ]),
    diff === null ? null : patchView(diff, patch ?? 'configuration.patch'),
    isDetailed
      ? h('p', {}, h('a', { href: linkTo(run.path('chapter', chapter)) }, 'How it does at each load'))
      : null,
  ]
}

/** Lines that are gone and new, as they stand in the patch. */
function patchView(diff: string, file: string): HTMLElement {
  const pre = h('pre', { class: 'diff', tabindex: 0, role: 'region', 'aria-label': 'What changes' })
  for (const line of diff.trimEnd().split('\n')) {
    const kind = /^(?:\+\+\+|---|@@)/.test(line)
      ? 'place'
      : line.startsWith('+')
        ? 'added'
        : line.startsWith('-')
          ? 'removed'
          : null
    pre.append(h('span', { class: kind }, line), '\n')
  }
  const save = (): void => saveFile(file.split('/').at(-1) ?? file, diff, 'text/x-diff')
  return h(
    'div',
    { class: 'patch' },
    h(
      'p',
      { class: 'head' },
      h('span', { class: 'caption' }, 'Against the default'),
      h(
        'span',
        { class: 'tools' },
        copyButton(diff, pre, 'Copy the patch'),
        h('button', { type: 'button', class: 'quiet', click: save }, 'Save'),
      ),
    ),
    pre,
  )
}
