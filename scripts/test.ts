import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * `npm test`: everything that has to hold. The last line is `N passed, N failed`: tests as vitest counts them, and each
 * other check as one. `npm test -- unit lint` runs the named steps only.
 */
const root = join(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules/.bin', name)
const scratch = mkdtempSync(join(tmpdir(), 'servebench-test-'))

interface Step {
  readonly name: string
  readonly command: readonly string[]
  /** Where vitest writes its counts, when the step is a run of it. */
  readonly counts?: string
  readonly env?: Readonly<Record<string, string>>
}

const vitest = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Step => {
  const counts = join(scratch, `${name.replaceAll(/\W/g, '-')}.json`)
  return {
    name,
    command: [
      bin('vitest'),
      'run',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${counts}`,
      ...args,
    ],
    counts,
    env,
  }
}

const ARITHMETIC = ['analyses', 'arrivals', 'baseline', 'omission', 'search', 'steady-state', 'streams']

const steps: readonly Step[] = [
  { name: 'format', command: [bin('oxfmt'), '--check', '.'] },
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings'] },
  { name: 'build', command: [bin('turbo'), 'run', 'build', '--output-logs=errors-only'] },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'unused', command: [bin('knip')] },
  // Real servers, which have to be installed first, are for `npm run test:servers`.
  vitest('unit', ['--project=!packages', '--project=!servers', '--project=!e2e*']),
  vitest('e2e', ['--project=e2e']),
  // What is only arithmetic over results is the same under every Node, and takes minutes.
  vitest(
    'e2e on the oldest Node',
    ['--project=e2e', ...ARITHMETIC.map((name) => `--exclude=**/${name}.test.ts`)],
    {
      SERVEBENCH_TEST_NODE: join(root, 'test/oldest-node/node_modules/.bin/node'),
    },
  ),
  vitest('packages', ['--project=packages']),
]

const wanted = process.argv.slice(2)
let passed = 0
let failed = 0
const broken: string[] = []
for (const step of steps) {
  if (wanted.length > 0 && !wanted.some((name) => step.name.startsWith(name))) continue
  const began = performance.now()
  process.stdout.write(`\n▸ ${step.name}\n`)
  const code = await run(step)
  const counts = step.counts === undefined ? null : readCounts(step.counts)
  passed += counts?.passed ?? (code === 0 ? 1 : 0)
  failed += counts?.failed ?? (code === 0 ? 0 : 1)
  // A runner that fails without a failed test has failed all the same: an unhandled error, a file that does not load.
  if (counts !== null && counts.failed === 0 && code !== 0) failed += 1
  if (code !== 0) broken.push(step.name)
  process.stdout.write(
    `${code === 0 ? '✓' : '✗'} ${step.name} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`,
  )
}
rmSync(scratch, { recursive: true, force: true })
if (broken.length > 0) process.stdout.write(`\nFailed: ${broken.join(', ')}\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1

function run({ command, env }: Step): Promise<number> {
  const [file, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file as string, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_COLOR: '1', ...env },
    })
    child.once('error', () => resolve(1))
    child.once('close', (code) => resolve(code ?? 1))
  })
}

function readCounts(path: string): { readonly passed: number; readonly failed: number } | null {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
    }
    return { passed: report.numPassedTests, failed: report.numFailedTests }
  } catch {
    return null
  }
}
