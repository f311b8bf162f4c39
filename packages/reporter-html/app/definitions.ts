import { h } from './dom.ts'
import { section } from './section.ts'

/** What each metric means, as the result itself states it. */
export function definitionsSection(definitions: Readonly<Record<string, string>>): HTMLElement {
  return section(
    { path: '/definitions', title: 'Definitions' },
    h(
      'dl',
      { class: 'definitions' },
      Object.entries(definitions).map(([name, meaning]) =>
        h('div', {}, h('dt', {}, name), h('dd', {}, meaning)),
      ),
    ),
  )
}
