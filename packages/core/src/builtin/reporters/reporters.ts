import type { BenchPlugin } from '../../plugin.ts'

type Load = () => Promise<{ readonly plugin: BenchPlugin }>

/** The reporters of the core by name, imported when they are used. */
export const REPORTERS: Readonly<Record<'console' | 'json' | 'csv' | 'markdown' | 'junit' | 'github', Load>> =
  {
    console: () => import('./console.ts'),
    json: () => import('./json.ts'),
    csv: () => import('./csv.ts'),
    markdown: () => import('./markdown.ts'),
    junit: () => import('./junit.ts'),
    github: () => import('./github.ts'),
  }
