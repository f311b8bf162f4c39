import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const project = fileURLToPath(new URL('./types/', import.meta.url))

/** Every line that must not compile carries `@ts-expect-error`; one that compiles is an error too. */
it.each(['tsconfig.json', 'tsconfig.bundler.json'])(
  'what must compile does, and nothing else: %s',
  async (config) => {
    const failure = await run(process.execPath, [
      compiler,
      '--pretty',
      'false',
      '-p',
      join(project, config),
    ]).catch((error: { stdout: string }) => error)
    // Sources of the package are checked by its own build; here only what a bench author writes counts.
    const complaints = failure.stdout
      .split('\n')
      .filter((line) => line.includes('test/types/') || /^\S*(kinds|test-d|equal)\.ts/.test(line))
    expect(complaints).toEqual([])
  },
)

it('target kinds are added to servebench/plugin and nowhere else', () => {
  const packages = fileURLToPath(new URL('../../', import.meta.url))
  const others = globSync('*/src/**/*.ts', { cwd: packages }).flatMap((file) => {
    const text = readFileSync(join(packages, file), 'utf8')
    return [...text.matchAll(/^declare module '(.+)' \{\s*interface TargetKinds/gm)]
      .filter((found) => found[1] !== 'servebench/plugin')
      .map(() => file)
  })
  expect(others).toEqual([])
})

it('would notice', async () => {
  const failure = await run(process.execPath, [
    compiler,
    '--pretty',
    'false',
    '-p',
    join(project, 'failing'),
  ]).catch((error: { stdout: string }) => error)
  expect(failure.stdout).toMatch(/failing[/\\]wrong\.ts\(\d+,\d+\): error TS2578/)
})
