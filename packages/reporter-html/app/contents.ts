import { h } from './dom.ts'
import { linkTo } from './places.ts'
import { verdict } from './verdict.ts'

export interface ContentsEntry {
  readonly title: string
  readonly path: string
  /** Said where titles alone may be equal. */
  readonly detail?: string
  readonly mark?: string
  readonly entries?: readonly ContentsEntry[]
}

/** The table of contents: one stop for the tab key, arrow keys inside of it. */
export function contents(entries: readonly ContentsEntry[]): HTMLElement {
  const list = makeList(entries, 0)
  const links = [...list.querySelectorAll('a')]
  const focus = (index: number): void => {
    const next = links[Math.max(0, Math.min(index, links.length - 1))]
    if (next === undefined) return
    for (const link of links) link.tabIndex = link === next ? 0 : -1
    next.focus()
  }
  for (const [index, link] of links.entries()) link.tabIndex = index === 0 ? 0 : -1
  list.addEventListener('keydown', (event) => {
    const at = links.findIndex((link) => link === document.activeElement)
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
    if (at === -1 || target === undefined) return
    event.preventDefault()
    focus(target)
  })
  return h('nav', { class: 'contents', 'aria-label': 'Contents' }, list)
}

function makeList(entries: readonly ContentsEntry[], depth: number): HTMLElement {
  return h(
    'ul',
    { class: `depth-${depth}` },
    entries.map(({ title, path, detail, mark, entries: inner = [] }) =>
      h(
        'li',
        {},
        h(
          'a',
          { href: linkTo(path), title: detail ?? null },
          h('span', { class: 'entry' }, title),
          mark === undefined || mark === 'valid' ? null : verdict(mark),
        ),
        inner.length === 0 ? null : makeList(inner, depth + 1),
      ),
    ),
  )
}
