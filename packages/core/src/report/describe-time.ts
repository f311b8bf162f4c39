import { formatDuration } from '../units/duration.ts'
import type { RunResult, RunTime } from './result.ts'

/** From this share on it is said what the rest was. */
const NOTABLE = 0.05
const PARTS = {
  planning: 'planning',
  preparing: 'preparing trials',
  finishing: 'ending trials',
  storing: 'storing',
} as const satisfies Partial<Record<keyof RunTime, string>>

/** What a run spent on neither measuring nor servers, ns. */
export function restOfTime({ total, measuring, servers }: RunTime): number {
  return Math.max(0, total - measuring - servers)
}

/** `2.1 min: 94.1 % measuring, 5.2 % servers, 0.7 % rest`; empty where the result does not say. */
export function describeTime({ run: { time } }: Pick<RunResult, 'run'>): string {
  if (time === undefined || !(time.total > 0)) return ''
  const { total, measuring, servers } = time
  const share = (nanos: number): string => `${((nanos / total) * 100).toFixed(1)} %`
  const rest = restOfTime(time)
  const parts = Object.entries(PARTS)
    .map(([part, name]) => ({ name, nanos: time[part as keyof typeof PARTS] }))
    .filter(({ nanos }) => nanos / total >= NOTABLE / 10)
    .toSorted((one, other) => other.nanos - one.nanos)
    .map(({ name, nanos }) => `${name} ${share(nanos)}`)
  return [
    `${formatDuration(total)}: ${share(measuring)} measuring`,
    ...(servers > 0 ? [`${share(servers)} servers`] : []),
    `${share(rest)} rest${rest / total >= NOTABLE && parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
  ].join(', ')
}
