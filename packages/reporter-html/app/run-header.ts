import type { RunResult, Trial } from 'servebench/plugin'
import { describeAttached, describeTime, formatCount, fullName, shareReasons } from 'servebench/report'
import type { Child } from './dom.ts'
import { h } from './dom.ts'
import { saveFile } from './download.ts'
import { facts } from './facts.ts'
import { outcomeOf } from './outcome.ts'
import type { RunContext } from './run-context.ts'
import { verdict } from './verdict.ts'

/** What a reader wants to know first: did it hold, and if not, why; then where and when it was measured. */
export function runHeader({ data, result }: RunContext): readonly Child[] {
  const { run } = result
  const [word, meaning] = outcomeOf(run.exit.code)
  return [
    h(
      'div',
      { class: `outcome ${run.exit.code === 0 ? 'good' : 'bad'}` },
      h('p', { class: 'headline' }, verdict(word), h('span', {}, meaning)),
      run.exit.reasons.length === 0
        ? null
        : h(
            'ul',
            { class: 'why' },
            shareReasons(run.exit.reasons, result.cases.map(fullName)).map((reason) => h('li', {}, reason)),
          ),
      h('p', { class: 'tally' }, tally(result)),
    ),
    run.notes.length === 0
      ? null
      : h(
          'ul',
          { class: 'notes' },
          run.notes.map((note) => h('li', {}, note)),
        ),
    facts([
      ['machine', data.machine],
      ['started', `${run.startedAt.slice(0, 19).replace('T', ' ')} UTC`],
      [
        'took',
        describeTime(result) || (run.finishedAt === null ? null : lengthOf(run.startedAt, run.finishedAt)),
      ],
      ['attached', describeAttached(result).join('; ') || null],
      ['seed', h('code', {}, run.seed)],
      ['command', h('code', {}, `servebench ${run.command.join(' ')}`)],
      [
        'versions',
        Object.entries({ ...run.versions, node: run.environment.node })
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ],
    ]),
    h(
      'p',
      { class: 'downloads' },
      h(
        'button',
        {
          type: 'button',
          click: () => saveFile(`result-${run.id}.json`, JSON.stringify(result, null, 2), 'application/json'),
        },
        'Save result.json',
      ),
      h('span', { class: 'note' }, ' without histograms and records, which stay in the run’s folder'),
    ),
  ]
}

/** `6 cases, 12 trials: 11 valid, 1 suspect. SLO: 2 pass, 1 fail.` */
function tally({ cases, trials }: RunResult): string {
  const measured = trials.filter(({ role }: Trial) => role === 'measurement')
  const count = (words: readonly string[]): string =>
    [...Map.groupBy(words, (word) => word)]
      .map(([word, own]) => `${formatCount(own.length)} ${word}`)
      .join(', ')
  const objectives = cases.flatMap(({ slo }) => slo?.verdict ?? [])
  return [
    `${plural(cases.length, 'case')}, ${plural(measured.length, 'trial')}${measured.length === 0 ? '' : `: ${count(measured.map(wordOf))}`}.`,
    ...(objectives.length === 0 ? [] : [`SLO: ${count(objectives)}.`]),
  ].join(' ')
}

/** What was not measured is neither valid nor invalid. */
function wordOf({ state, verdict: { validity } }: Trial): string {
  return state === 'completed' ? validity : state
}

function plural(number: number, word: string): string {
  return `${formatCount(number)} ${word}${number === 1 ? '' : 's'}`
}

function lengthOf(from: string, until: string): string | null {
  const seconds = Math.round((Date.parse(until) - Date.parse(from)) / 1000)
  if (!Number.isFinite(seconds)) return null
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : '', `${seconds % 60} s`]
    .filter((part) => part !== '')
    .join(' ')
}
