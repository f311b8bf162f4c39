import type { StudyLeader, StudyPhase, StudyProgress } from '../plan/study/study-progress.ts'
import { formatLoad } from '../report/load-value.ts'
import { printable } from '../report/printable.ts'
import { formatNanos, formatQuantity, formatRate, formatShare, NOTHING } from '../report/quantity.ts'
import { studyMetric } from '../report/study/study-metric.ts'
import type { Table } from '../report/table.ts'

const PHASES: Readonly<Record<StudyPhase, string>> = {
  baseline: 'baseline',
  candidates: 'rules of thumb',
  search: 'search',
  sweep: 'all loads of the best',
  ablation: 'one change at a time',
  confirm: 'comparison',
}

/** Of a table, besides the configuration. */
const USUAL = ['throughput', 'responseTime.p99']

/** `search`, `load 3 of 11`, `33 % of the length`: what a study is at. */
export function describePhase({ phase, round, current, loads }: StudyProgress): readonly string[] {
  const name = round === null ? PHASES[phase] : `round ${round.at} of ${round.of}`
  if (current === null) return [name]
  const { load, loadAt, fidelity } = current
  // The best load of a configuration is no position of a sweep.
  const isSwept = loads !== null && loads.values.length > 1 && load !== null && round === null
  return [
    name,
    ...(!isSwept ? [] : [loadAt === null ? 'between two loads' : `load ${loadAt} of ${loads.values.length}`]),
    ...(fidelity === 1 ? [] : [`${Math.round(fidelity * 100)} % of the length`]),
  ]
}

/** `Study tuned`, `quick`, `configuration 3 of at most 20 (36 in all)` */
export function describeStudy({ path, search, configurations, size }: StudyProgress): readonly string[] {
  const { at, most } = configurations
  const all = most < size ? ` (${size} in all)` : ''
  return [
    `Study ${printable(path.join(' > '))}`,
    search,
    `configuration ${at} of ${search === 'grid' ? '' : 'at most '}${most}${all}`,
  ]
}

/** What of earlier runs is used, and why the rest is not; empty when there was nothing. */
export function describeReuse({ reused, again }: StudyProgress): readonly string[] {
  return [
    ...(reused === 0 ? [] : [`${reused} ${reused === 1 ? 'measurement' : 'measurements'} taken over`]),
    ...again.map(({ why, count }) => `${count} made again: ${printable(why)}`),
  ]
}

/** `instances=4 at 16 users`, `640/s`, `p99 23.0 ms`, `+540 % on the default` */
export function describeLeader(leader: StudyLeader, { loads, objectives }: StudyProgress): readonly string[] {
  const { name, load, metrics, gain, feasible } = leader
  const at = loads === null || load === null ? '' : ` at ${formatLoad(loads.vary, load)}`
  return [
    `${printable(name)}${at}`,
    formatRate(metrics['throughput'] ?? null),
    `p99 ${formatNanos(metrics['responseTime.p99'] ?? null)}`,
    ...objectives
      .filter((metric) => !USUAL.includes(metric))
      .map((metric) => `${titleOf(metric)} ${formatMetric(metric, metrics)}`),
    ...(gain === null ? [] : [`${formatGain(gain)} on the default`]),
    ...(feasible ? [] : ['misses a constraint']),
  ]
}

/** The best configurations and the default, with what is measured now. */
export function studyTable(study: StudyProgress, most: number): Table {
  const { leading, baseline, loads, objectives, current } = study
  const further = objectives.filter((metric) => !USUAL.includes(metric))
  const isBaseline = ({ point }: StudyLeader): boolean => point === baseline?.point
  const shown = leading.slice(0, most)
  if (baseline !== null && !shown.some(isBaseline)) shown.splice(Math.max(1, most - 1), Infinity, baseline)
  const markOf = (leader: StudyLeader): string =>
    [
      leader === leading[0] ? (leader.feasible ? 'best' : 'nearest') : leader.feasible ? null : 'misses',
      isBaseline(leader) ? 'default' : null,
      leader.point === current?.point ? 'now' : null,
    ]
      .filter((word) => word !== null)
      .join(', ')
  return {
    columns: [
      { title: 'configuration', align: 'left', rank: 0 },
      { title: loads?.vary === 'rate' ? 'rate' : 'users', align: 'right', rank: 4 },
      { title: 'throughput', align: 'right', rank: 0 },
      { title: 'p99', align: 'right', rank: 2 },
      ...further.map((metric) => ({ title: titleOf(metric), align: 'right', rank: 3 }) as const),
      { title: 'gain', align: 'right', rank: 3 },
      { title: '', align: 'left', rank: 1 },
    ],
    rows: shown.map((leader) => [
      printable(leader.name),
      loads === null || leader.load === null
        ? ''
        : formatLoad(loads.vary, leader.load).replace(/ users?$/, ''),
      formatRate(leader.metrics['throughput'] ?? null),
      formatNanos(leader.metrics['responseTime.p99'] ?? null),
      ...further.map((metric) => formatMetric(metric, leader.metrics)),
      leader.gain === null ? '' : formatGain(leader.gain),
      markOf(leader),
    ]),
  }
}

function formatGain(gain: number): string {
  const share = Math.abs(gain) < 10 ? Number(gain.toPrecision(2)) : Math.round(gain)
  return `${gain < 0 ? '−' : '+'}${formatShare(Math.abs(share))}`
}

function titleOf(metric: string): string {
  return printable(metric.replace(/^(?:gauges|responseTime)\./, ''))
}

function formatMetric(metric: string, metrics: StudyLeader['metrics']): string {
  const value = metrics[metric] ?? null
  if (value === null) return NOTHING
  const unit = studyMetric(metric)?.unit ?? null
  return unit === '1/s' ? formatRate(value) : formatQuantity(value, unit)
}
