import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackages } from './build.ts'

// The examples with the sizes and times of their articles, one after the other: hours, and gigabytes of models.
// `npm run test:full -- vespa tasks` runs some of them.
const root = join(import.meta.dirname, '..')
const examples = join(root, 'examples')
const all = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'form.ts')))
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`There is no full form of ${unknown.join(', ')}: choose among ${all.join(', ')}.`)
  process.exit(2)
}
buildPackages(root)
for (const name of wanted.length === 0 ? all : wanted) {
  process.stdout.write(`\n▸ ${name}\n`)
  const { status } = spawnSync(process.execPath, [join(root, 'packages/core/bin/servebench.js'), 'run'], {
    cwd: join(examples, name),
    stdio: 'inherit',
    env: { ...process.env, FORM: 'full' },
  })
  // The first that failed says how it went; the others are still worth their hours.
  process.exitCode ||= status ?? 1
  if (status === 130) break
}
