import { h, newId, type Child } from './dom.ts'
import { addPlace, linkTo } from './places.ts'

export interface SectionOptions {
  /** Of its link. */
  readonly path: string
  readonly title: string
  readonly level?: 2 | 3 | 4
}

/** A part of the page with a heading that can be linked to. */
export function section(
  { path, title, level = 2 }: SectionOptions,
  ...children: readonly Child[]
): HTMLElement {
  const id = newId('heading')
  const element = h(
    'section',
    { 'aria-labelledby': id },
    h(`h${level}`, { id }, title, anchor(path, title)),
    ...children,
  )
  addPlace(path, () => element)
  return element
}

export function anchor(path: string, title: string): HTMLElement {
  return h('a', { class: 'anchor', href: linkTo(path), 'aria-label': `Link to ${title}` }, '#')
}

export interface FoldOptions {
  readonly path: string
  readonly class: string
  /** Not needed on paper: what it says in detail is said in short elsewhere. */
  readonly screenOnly?: boolean
}

/** A part that is made when it is opened for the first time: a report of hundreds of trials has to be there at once. */
export function fold(
  { path, class: name, screenOnly = false }: FoldOptions,
  summary: readonly Child[],
  make: () => readonly Child[],
): HTMLDetailsElement {
  const element = h('details', { class: name }, h('summary', {}, summary))
  let isMade = false
  const fill = (): void => {
    if (isMade) return
    isMade = true
    element.append(h('div', { class: 'body' }, make()))
  }
  const open = (): HTMLElement => {
    fill()
    element.open = true
    return element
  }
  element.addEventListener('toggle', () => {
    if (element.open) fill()
  })
  addPlace(path, open)
  if (!screenOnly) folds.push(open)
  return element
}

const folds: (() => HTMLElement)[] = []

/** For paper, which nobody can open. */
export function openFolds(): void {
  for (const open of folds) open()
}
