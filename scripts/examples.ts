import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackages } from './build.ts'

/** The examples that have a short and a full form. */
export function examplesOf(root: string): readonly string[] {
  const folder = join(root, 'examples')
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'form.ts')))
}

/** Runs one of them; its exit code. */
export function runExample(root: string, name: string, form: '' | 'full', args: readonly string[]): number {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'packages/core/bin/servebench.js'), 'run', ...args],
    { cwd: join(root, 'examples', name), stdio: 'inherit', env: { ...process.env, FORM: form } },
  )
  return status ?? 1
}

/** Builds, or says which examples there are and ends. */
export function prepareExamples(root: string, names: readonly string[]): void {
  const all = examplesOf(root)
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    console.error(`There is no example ${unknown.join(', ')}: choose among ${all.join(', ')}.`)
    process.exit(2)
  }
  buildPackages(root)
}
