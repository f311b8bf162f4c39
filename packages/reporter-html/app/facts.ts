import { h, type Child } from './dom.ts'

export type Fact = readonly [name: Child, value: Child]

/** Names and values; those without a value are left out. */
export function facts(list: readonly Fact[]): HTMLElement {
  const known = list.filter(
    ([, value]) => value !== null && value !== undefined && value !== '' && value !== false,
  )
  return h(
    'dl',
    { class: 'facts' },
    known.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  )
}

/** A few numbers that matter most. */
export function tiles(
  list: readonly { readonly name: Child; readonly value: string; readonly detail?: string | undefined }[],
): HTMLElement {
  return h(
    'dl',
    { class: 'tiles' },
    list.map(({ name, value, detail }) =>
      h(
        'div',
        {},
        h('dt', {}, name),
        h(
          'dd',
          {},
          value,
          detail === undefined || detail === '' ? null : h('span', { class: 'detail' }, detail),
        ),
      ),
    ),
  )
}
