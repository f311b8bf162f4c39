import { join } from 'node:path'
import { examplesOf, prepareExamples, runExample } from './examples.ts'

// An example in its short form: `npm run example -- inferbench heatmap`; what follows the name is servebench's.
// `npm run example -- vespa tune --budget 2` runs its studies only.
const root = join(import.meta.dirname, '..')
const [name, ...args] = process.argv.slice(2)
if (name === undefined) {
  console.error(`Say which example: ${examplesOf(root).join(', ')}.`)
  process.exit(2)
}
prepareExamples(root, [name])
process.exitCode = runExample({ root, name, form: '' }, args)
