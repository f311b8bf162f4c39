import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Installations, SERVERS } from './installations.ts'
import { runCommand } from './run-command.ts'
import { runVitest } from './run-vitest.ts'
import type { Counts } from './run-vitest.ts'
import { groupServerTests, runServerTests } from './server-tests.ts'

/**
 * `npm test`: everything that has to hold. The last line is `N passed, N failed`: tests as vitest counts them, and each
 * other check as one. `npm test -- unit lint` runs the named steps only, `npm test -- --with-servers` also what
 * `npm run test:servers` runs.
 */
const root = join(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules/.bin', name)
const scratch = mkdtempSync(join(tmpdir(), 'servebench-test-'))

interface Step {
  readonly name: string
  readonly run: () => Promise<Counts>
}

const check = (name: string, ...command: readonly string[]): Step => ({
  name,
  async run() {
    const isFine = await runCommand(command, { cwd: root })
    return { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1 }
  },
})

const vitest = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Step => ({
  name,
  run: () => runVitest({ root, report: join(scratch, `${name.replaceAll(/\W/g, '-')}.json`), args, env }),
})

/**
 * The end-to-end tests that are run on the oldest Node.js, too, with what they need from it that has changed between
 * versions. What the others show beyond these is arithmetic over results, which no version changes.
 */
const ON_OLDEST_NODE: Readonly<Record<string, string>> = {
  'bench-files': 'hooks of the module loader, type stripping, resolution',
  'bench-functions': 'functions imported in load workers',
  faults: 'sockets, TLS and HTTP against servers that misbehave',
  quick: 'HTTP and gRPC without a bench file',
  samplers: 'threads that are ended, native code',
  servers: 'child processes, their groups, the guard',
  signals: 'signals, exit codes, threads that end',
  terminal: 'the terminal, raw mode',
  watch: 'watching files, fresh threads',
}

/** Our tests judge nothing by the speed of the machine: every core may be busy. Those of real servers and packages go alone. */
const ALL_CORES = '--maxWorkers=100%'

/** Milliseconds: a registry that answers slowly must not keep the other steps from their end. */
const SERVERS_LIMIT = 540_000

const notRun: string[] = []
const servers: Step = {
  name: 'servers',
  async run() {
    if (installations === null) return { passed: 0, failed: 0 }
    const groups = groupServerTests(root, [])
    const outcome = await runServerTests({ root, scratch, installations, groups, limit: SERVERS_LIMIT })
    notRun.push(...outcome.notRun)
    return outcome
  },
}

const withServers = process.argv.includes('--with-servers')
const steps: readonly Step[] = [
  check('format', bin('oxfmt'), '--check', '.'),
  check('build', bin('turbo'), 'run', 'build', '--output-logs=errors-only'),
  // The template of plugins knows servebench as its users do: as it is built.
  check('lint', bin('oxlint'), '--deny-warnings'),
  check('types', bin('tsc'), '-p', 'tsconfig.json'),
  check('unused', bin('knip')),
  vitest('unit', ['--project=!packages', '--project=!servers', '--project=!e2e*', ALL_CORES]),
  // Before the end-to-end tests, which measure: by then nothing is installed any more.
  ...(withServers ? [servers] : []),
  vitest('e2e', ['--project=e2e', ALL_CORES]),
  vitest(
    'e2e on the oldest Node',
    ['--project=e2e', ALL_CORES, ...Object.keys(ON_OLDEST_NODE).map((name) => `/e2e/${name}.test.ts`)],
    { SERVEBENCH_TEST_NODE: join(root, 'test/oldest-node/node_modules/.bin/node') },
  ),
  vitest('packages', ['--project=packages']),
]

const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const wanted = steps.filter(({ name }) => named.length === 0 || named.some((each) => name.startsWith(each)))
// Downloads take minutes, and little else: they go on while the first steps run.
const installations = wanted.includes(servers)
  ? new Installations(root, SERVERS, { inBackground: true })
  : null
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    installations?.stop()
    process.exit(1)
  })
}

let passed = 0
let failed = 0
const broken: string[] = []
for (const step of wanted) {
  const began = performance.now()
  process.stdout.write(`\n▸ ${step.name}\n`)
  const counts = await step.run()
  passed += counts.passed
  failed += counts.failed
  if (counts.failed > 0) broken.push(step.name)
  process.stdout.write(
    `${counts.failed === 0 ? '✓' : '✗'} ${step.name} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`,
  )
}
installations?.stop()
rmSync(scratch, { recursive: true, force: true })
for (const line of notRun) process.stdout.write(`\nNot run: ${line}\n`)
if (broken.length > 0) process.stdout.write(`\nFailed: ${broken.join(', ')}\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
