import { h, type Child } from './dom.ts'

type Tone = 'good' | 'warn' | 'bad' | 'quiet'

/** A word that judges; its mark says the same to whoever does not see its colour. */
const TONES: Readonly<Record<string, readonly [Tone, mark: string]>> = {
  valid: ['good', '✓'],
  pass: ['good', '✓'],
  passed: ['good', '✓'],
  found: ['good', '✓'],
  certified: ['good', '✓'],
  completed: ['good', '✓'],
  improvement: ['good', '▲'],
  equivalent: ['quiet', '='],
  suspect: ['warn', '!'],
  undecided: ['warn', '?'],
  inconclusive: ['quiet', '?'],
  refused: ['quiet', '–'],
  interrupted: ['warn', '!'],
  'generator-limited': ['warn', '!'],
  'above-range': ['warn', '≥'],
  skipped: ['quiet', '–'],
  note: ['quiet', 'i'],
}

export function verdict(word: string, ...more: readonly Child[]): HTMLElement {
  const [tone, mark] = TONES[word] ?? ['bad', '✕']
  return h(
    'span',
    { class: `verdict ${tone}` },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
    h('span', { class: 'word' }, word),
    ...more,
  )
}

export interface Reason {
  readonly severity: string
  readonly message: string
  readonly advice: string | null
}

export function reasons(list: readonly Reason[]): HTMLElement | null {
  if (list.length === 0) return null
  return h(
    'ul',
    { class: 'reasons' },
    list.map(({ severity, message, advice }) =>
      h(
        'li',
        {},
        verdict(severity),
        h(
          'span',
          { class: 'message' },
          message,
          advice === null ? null : h('span', { class: 'advice' }, ` ${advice}`),
        ),
      ),
    ),
  )
}
