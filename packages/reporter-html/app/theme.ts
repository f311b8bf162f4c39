import { h } from './dom.ts'

const KEY = 'servebench-theme'
const CHOICES = ['system', 'light', 'dark'] as const
type Choice = (typeof CHOICES)[number]

const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
let choice: Choice = 'system'
let printing = false

export function isDark(): boolean {
  if (printing) return false
  return choice === 'system' ? prefersDark.matches : choice === 'dark'
}

/** Paper is light, whatever was chosen. */
export function forPaper(is: boolean): void {
  printing = is
  apply()
}

export function onThemeChange(listener: () => void): void {
  listeners.add(listener)
}

/** The switch of the page's colours: as the system has them, light or dark. */
export function themeSwitch(): HTMLElement {
  choice = readChoice()
  apply()
  prefersDark.addEventListener('change', apply)
  return h(
    'fieldset',
    { class: 'theme' },
    h('legend', { class: 'hidden' }, 'Colours'),
    CHOICES.map((name) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'theme',
          value: name,
          checked: name === choice,
          change: () => {
            choice = name
            storeChoice()
            apply()
          },
        }),
        h('span', {}, name),
      ),
    ),
  )
}

function apply(): void {
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light'
  for (const listener of listeners) listener()
}

function readChoice(): Choice {
  try {
    return CHOICES.find((name) => name === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    // Files may have no storage.
    return 'system'
  }
}

function storeChoice(): void {
  try {
    localStorage.setItem(KEY, choice)
  } catch {
    // It then holds for this visit.
  }
}
