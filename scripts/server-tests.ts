import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SERVERS } from './installations.ts'
import type { InstallationOutcome, Installations, ServerName } from './installations.ts'
import { runVitest } from './run-vitest.ts'
import type { Counts } from './run-vitest.ts'

export interface ServerTestOptions {
  readonly root: string
  /** For the reports of vitest. */
  readonly scratch: string
  readonly installations: Installations
  readonly groups: readonly TestGroup[]
  /** Milliseconds after which nothing is waited for and no group begins; without limit by default. */
  readonly limit?: number
}

export interface ServerTestOutcome extends Counts {
  /** Which tests were not run, and why. */
  readonly notRun: readonly string[]
}

/** Test files that need the same servers. */
export interface TestGroup {
  readonly servers: readonly ServerName[]
  readonly files: readonly string[]
}

/** Milliseconds for the tests of one group: several times what they take. */
const LIMIT = 420_000

/**
 * The test files of `test/servers` by the servers that they install.
 * @param filters texts, one of which a file's name must have; none for all files
 */
export function groupServerTests(root: string, filters: readonly string[]): readonly TestGroup[] {
  const folder = join(root, 'test/servers')
  const groups = new Map<string, { servers: readonly ServerName[]; files: string[] }>()
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.test.ts')) continue
    if (filters.length > 0 && !filters.some((filter) => name.includes(filter))) continue
    const text = readFileSync(join(folder, name), 'utf8')
    const servers = SERVERS.filter((server) => text.includes(`install('${server}'`))
    const key = servers.join(' and ')
    const group = groups.get(key) ?? { servers, files: [] }
    groups.set(key, group)
    group.files.push(name)
  }
  // A group can begin when the last of its servers is there.
  const last = ({ servers }: TestGroup): number =>
    Math.max(-1, ...servers.map((name) => SERVERS.indexOf(name)))
  return [...groups.values()].sort((a, b) => last(a) - last(b) || a.servers.length - b.servers.length)
}

/**
 * Runs the tests of each group as soon as its servers are there. What cannot be installed because a registry does not
 * answer, or because this machine lacks something, is told and no failure; a test that fails is one.
 */
export async function runServerTests(options: ServerTestOptions): Promise<ServerTestOutcome> {
  const { root, scratch, installations, groups } = options
  let [passed, failed] = [0, 0]
  const notRun: string[] = []
  const told = new Set<ServerName>()
  const end = performance.now() + (options.limit ?? Infinity)
  for (const [index, { servers, files }] of groups.entries()) {
    const missing: string[] = []
    for (const name of servers) {
      const outcome = await Promise.race([installations.outcome(name), lateAt(end)])
      if (outcome.state !== 'installed') missing.push(`${name} is not installed: ${outcome.reason}`)
      if (told.has(name)) continue
      told.add(name)
      if (outcome.state === 'installed') {
        process.stdout.write(`  ${name} installed (${outcome.seconds.toFixed(1)} s)\n`)
      } else if (outcome.state === 'failed') {
        failed += 1
        process.stdout.write(`✗ ${name} could not be installed: ${outcome.reason}\n`)
      }
    }
    if (missing.length > 0) {
      notRun.push(`${files.join(', ')}: ${missing.join('; ')}`)
      continue
    }
    const began = performance.now()
    if (began > end) {
      notRun.push(`${files.join(', ')}: the time for tests on real servers was over`)
      continue
    }
    const counts = await runVitest({
      root,
      report: join(scratch, `servers-${index}.json`),
      args: ['--project=servers', ...files.map((name) => `test/servers/${name}`)],
      limit: LIMIT,
    })
    passed += counts.passed
    failed += counts.failed
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    const title = servers.length === 0 ? files.join(', ') : servers.join(', ')
    process.stdout.write(`  ${counts.failed === 0 ? '✓' : '✗'} tests of ${title} (${seconds} s)\n`)
  }
  return { passed, failed, notRun }
}

function lateAt(end: number): Promise<InstallationOutcome> {
  return new Promise((resolve) => {
    if (end === Infinity) return
    const late = { state: 'unavailable', reason: 'it took longer than this run waits' } as const
    setTimeout(() => resolve(late), Math.max(0, end - performance.now())).unref()
  })
}
