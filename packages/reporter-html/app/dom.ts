import { printable } from 'servebench/report'

export type Child = Node | string | null | undefined | false | readonly Child[]
type Attributes = Readonly<
  Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>
>

/**
 * An element. Text, whoever wrote it, only ever becomes a text node, with control characters and marks that turn text
 * around made visible; functions become listeners of the event that they are named by.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, typeof value === 'string' ? printable(value) : String(value))
    }
  }
  append(element, children)
  return element
}

export function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue
    if (typeof child === 'string') parent.append(printable(child))
    else if (child instanceof Node) parent.append(child)
    else append(parent, child)
  }
}

/** Lines as they stand, each of them harmless. */
export function preformatted(text: string, label: string): HTMLElement {
  const element = h('pre', { tabindex: 0, 'aria-label': label, role: 'region' })
  element.append(text.split('\n').map(printable).join('\n'))
  return element
}

let identities = 0

/** For references between elements. */
export function newId(prefix: string): string {
  identities += 1
  return `${prefix}-${identities}`
}
