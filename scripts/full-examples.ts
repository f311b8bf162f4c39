import { join } from 'node:path'
import { examplesOf, prepareExamples, runExample } from './examples.ts'

// The examples with the sizes and times of their articles, one after the other: hours, and gigabytes of models.
// `npm run test:full -- vespa tasks` runs some of them.
const root = join(import.meta.dirname, '..')
const named = process.argv.slice(2)
const names = named.length === 0 ? examplesOf(root) : named
prepareExamples(root, names)
for (const name of names) {
  process.stdout.write(`\n▸ ${name}\n`)
  const code = runExample({ root, name, form: 'full' }, [])
  // The first that failed says how it went; the others are still worth their hours.
  process.exitCode ||= code
  if (code === 130) break
}
