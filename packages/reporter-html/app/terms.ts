import { h, newId, type Child } from './dom.ts'

let definitions: Readonly<Record<string, string>> = {}
let tip: HTMLElement | null = null

/** The definitions that the result itself states. */
export function setDefinitions(texts: Readonly<Record<string, string>>): void {
  definitions = texts
}

/**
 * Words with the definition of their metric: shown on hover and on focus, ended by Escape, and read to whoever listens.
 * Without a definition they are just the words.
 * @param name as the result's definitions call it; of `responseTime.p99` it is that of `responseTime`
 */
export function term(name: string, ...words: readonly Child[]): HTMLElement {
  const text = definitionOf(name)
  const element = h('span', text === null ? {} : { class: 'term', tabindex: 0 }, ...words)
  if (text !== null) explain(element, text)
  return element
}

export function definitionOf(name: string): string | null {
  const [metric = ''] = name.split('.')
  return (
    [name, metric].flatMap((key) =>
      Object.hasOwn(definitions, key) ? [definitions[key] as string] : [],
    )[0] ?? null
  )
}

/** Lets an element show a text as its tooltip. */
export function explain(element: HTMLElement, text: string): void {
  // Not shown, and so no part of the element's name: only what it is described by.
  const description = h('span', { id: newId('definition'), hidden: true }, text)
  element.append(description)
  element.setAttribute('aria-describedby', description.id)
  const show = (): void => showTip(element, text)
  element.addEventListener('mouseenter', show)
  element.addEventListener('focus', show)
  element.addEventListener('mouseleave', hideTip)
  element.addEventListener('blur', hideTip)
}

function showTip(element: HTMLElement, text: string): void {
  hideTip()
  tip = h('div', { class: 'tip', role: 'presentation' }, text)
  document.body.append(tip)
  const { left, top, bottom } = element.getBoundingClientRect()
  const { width, height } = tip.getBoundingClientRect()
  const room = document.documentElement.clientWidth - width - 8
  tip.style.left = `${Math.max(8, Math.min(left, room))}px`
  tip.style.top = `${bottom + height + 8 > innerHeight ? top - height - 6 : bottom + 6}px`
}

function hideTip(): void {
  tip?.remove()
  tip = null
}

document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') hideTip()
})
addEventListener('scroll', hideTip, { passive: true })
