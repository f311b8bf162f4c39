import type { LiveTrial } from '../hooks/contexts.ts'

/** A stretch of a bar; each kind has a character of its own, so that it reads without colours. */
export interface BarPart {
  readonly kind: 'warmup' | 'measurement' | 'drain' | 'open'
  readonly text: string
}

const CHARACTERS: Readonly<Record<BarPart['kind'], string>> = {
  warmup: '▒',
  measurement: '█',
  drain: '▓',
  open: '─',
}

/** How far a trial has come, phase by phase. Without an expected end the bar shows only where it is. */
export function phaseBar(trial: LiveTrial, width: number): readonly BarPart[] {
  const { elapsed, measureFrom, measureUntil } = trial
  const total = Math.max(trial.total ?? 0, elapsed, measureUntil ?? 0)
  const at = (instant: number): number =>
    total > 0 ? Math.round((Math.min(Math.max(0, instant), elapsed, total) / total) * width) : 0
  const hasBegun = trial.phase !== 'preparing'
  const done = hasBegun && trial.total !== null ? at(elapsed) : 0
  const warm = Math.min(done, at(measureFrom ?? Infinity))
  const measured = Math.min(done, at(measureUntil ?? Infinity))
  return [
    part('warmup', warm),
    part('measurement', measured - warm),
    part('drain', done - measured),
    part('open', width - done),
  ].filter(({ text }) => text !== '')
}

/** A plain bar: what is done of a whole. */
export function shareBar(share: number, width: number): readonly BarPart[] {
  const done = Math.round(Math.min(1, Math.max(0, share)) * width)
  return [part('measurement', done), part('open', width - done)].filter(({ text }) => text !== '')
}

function part(kind: BarPart['kind'], length: number): BarPart {
  return { kind, text: CHARACTERS[kind].repeat(Math.max(0, length)) }
}
