import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackages } from './build.ts'

const INTERRUPTED = 130

export interface Example {
  readonly root: string
  readonly name: string
  readonly form: '' | 'full'
}

/** The examples that have a short and a full form. */
export function examplesOf(root: string): readonly string[] {
  const folder = join(root, 'examples')
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'form.ts')))
}

/**
 * Runs the scenarios of an example, and then its studies; only those that `run` or `tune` before the other arguments names.
 * @returns the exit code of the first that failed
 */
export function runExample(example: Example, args: readonly string[]): number {
  const [first] = args
  if (first === 'run' || first === 'tune') return servebench(example, args, 'inherit').code
  const filters = args.filter((argument) => argument !== '--dry-run')
  const listed = servebench(example, ['list', '--json', ...filters], 'pipe')
  if (listed.code !== 0) return listed.code
  const found = JSON.parse(listed.output) as readonly { readonly study?: unknown }[]
  const commands = [
    ...(found.some(({ study }) => study === undefined) ? ['run'] : []),
    ...(found.some(({ study }) => study !== undefined) ? ['tune'] : []),
  ]
  let code = 0
  for (const command of commands) {
    if (code === INTERRUPTED) break
    const own = servebench(example, [command, ...args], 'inherit').code
    code ||= own
  }
  return code
}

function servebench(
  { root, name, form }: Example,
  args: readonly string[],
  stdout: 'inherit' | 'pipe',
): { readonly code: number; readonly output: string } {
  const command = join(root, 'packages/core/bin/servebench.js')
  const { status, stdout: output } = spawnSync(process.execPath, [command, ...args], {
    cwd: join(root, 'examples', name),
    stdio: ['inherit', stdout, 'inherit'],
    encoding: 'utf8',
    env: { ...process.env, FORM: form },
  })
  return { code: status ?? 1, output: output ?? '' }
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
