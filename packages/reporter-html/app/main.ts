import type { PageData } from '../src/page/page-data.ts'
import { contents } from './contents.ts'
import { append, h } from './dom.ts'
import { readEmbedded } from './embedded.ts'
import { historyPage } from './history-page.ts'
import { followLinks } from './places.ts'
import { preparePrinting } from './print.ts'
import { reportPage, type Page } from './report-page.ts'
import { themeSwitch } from './theme.ts'

function show({ title, subtitle, contents: entries, body }: Page): void {
  const main = h(
    'main',
    { id: 'main', tabindex: -1 },
    h('h1', {}, title),
    h('p', { class: 'subtitle' }, subtitle),
    body,
  )
  append(document.body, [
    h(
      'a',
      {
        class: 'skip',
        href: '#main',
        click: (event) => {
          event.preventDefault()
          main.focus()
        },
      },
      'Skip to the report',
    ),
    h(
      'div',
      { class: 'layout' },
      h(
        'header',
        { class: 'side' },
        h('p', { class: 'brand' }, 'servebench'),
        themeSwitch(),
        h(
          'details',
          { class: 'menu', open: matchMedia('(min-width: 64rem)').matches },
          h('summary', {}, 'Contents'),
          contents(entries),
        ),
      ),
      main,
    ),
  ])
}

async function start(): Promise<void> {
  const data = await readEmbedded<PageData>('data')
  if (data === null) throw new Error('The page has no data.')
  show(data.kind === 'report' ? reportPage(data) : historyPage(data.history))
  preparePrinting()
  followLinks()
  performance.mark('servebench-shown')
}

start().catch((error: unknown) => {
  append(document.body, [
    h(
      'p',
      { class: 'broken', role: 'alert' },
      `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`,
    ),
  ])
})
