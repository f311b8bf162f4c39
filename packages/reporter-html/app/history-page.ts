import { formatCount, historyTable, HISTORY_METRICS } from 'servebench/report'
import type { RunHistory } from 'servebench/report'
import { analysisBody } from './analysis.ts'
import { countCell } from './cells.ts'
import { dataTable, text } from './data-table.ts'
import { h } from './dom.ts'
import { outcomeOf } from './outcome.ts'
import { forgetFigures } from './plot-figure.ts'
import type { Page } from './report-page.ts'
import { section } from './section.ts'
import { verdict } from './verdict.ts'

export function historyPage({ runs, problems }: RunHistory): Page {
  return {
    title: 'All runs',
    subtitle: `${formatCount(runs.length)} runs`,
    contents: [
      { title: 'History', path: '/history' },
      { title: 'Runs', path: '/runs' },
    ],
    body: [
      historySection(runs),
      section(
        { path: '/runs', title: 'Runs' },
        runsTable(runs),
        problems.length === 0
          ? null
          : h(
              'ul',
              { class: 'notes' },
              problems.map(({ folder, message }) => h('li', {}, `${folder} is left out: ${message}`)),
            ),
      ),
    ],
  }
}

/** One metric of one case over all runs, with the levels between its changes. */
function historySection(runs: RunHistory['runs']): HTMLElement {
  const names = new Map(
    runs.toReversed().flatMap(({ cases }) => cases.map(({ id, name }) => [id, name] as const)),
  )
  const place = h('div', { 'aria-live': 'polite' })
  const cases = h(
    'select',
    {},
    [...names].map(([id, name]) => h('option', { value: id }, name)),
  )
  const metrics = h(
    'select',
    {},
    HISTORY_METRICS.map(({ name, title }) => h('option', { value: name }, title)),
  )
  const show = (): void => {
    const metric = HISTORY_METRICS.find(({ name }) => name === metrics.value)
    forgetFigures(place)
    place.replaceChildren()
    if (metric === undefined || cases.value === '') return
    place.append(...analysisBody(historyTable(runs, cases.value, metric)).filter((part) => part !== null))
  }
  cases.addEventListener('change', show)
  metrics.addEventListener('change', show)
  show()
  return section(
    { path: '/history', title: 'History' },
    names.size === 0
      ? h('p', { class: 'note' }, 'No run has measured anything.')
      : [
          h(
            'p',
            { class: 'choices' },
            h('label', {}, 'Case ', cases),
            ' ',
            h('label', {}, 'Metric ', metrics),
          ),
          place,
        ],
  )
}

function runsTable(runs: RunHistory['runs']): HTMLElement {
  return dataTable({
    caption: 'Runs, the newest first',
    hideCaption: true,
    file: 'runs',
    columns: [
      { title: 'started', heading: true },
      { title: 'outcome' },
      { title: 'measurement' },
      { title: 'cases', numeric: true },
      { title: 'trials', numeric: true },
      { title: 'machine' },
      { title: 'versions' },
      { title: 'reasons' },
      { title: 'files' },
    ],
    rows: runs.map((run) => {
      const [word] = outcomeOf(run.exit.code)
      return [
        text(run.startedAt.slice(0, 16).replace('T', ' ')),
        { show: verdict(word), value: word },
        run.validity === null ? text(null) : { show: verdict(run.validity), value: run.validity },
        countCell(run.cases.length),
        countCell(run.trials),
        text(run.machine),
        text(
          Object.entries(run.versions)
            .map(([name, version]) => `${name} ${version}`)
            .join(', '),
        ),
        text(run.exit.reasons.join(' ')),
        {
          show: h(
            'span',
            { class: 'files' },
            [...run.reports, 'result.json'].map((name) =>
              h('a', { href: [run.folder, name].map(encodeURIComponent).join('/') }, name),
            ),
          ),
          value: run.id,
        },
      ]
    }),
  })
}
