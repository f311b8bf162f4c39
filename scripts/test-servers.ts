import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackages } from './build.ts'
import { Installations } from './installations.ts'
import { groupServerTests, runServerTests } from './server-tests.ts'

/**
 * `npm run test:servers`: tests against real model servers, which it installs from package registries. Not part of
 * `npm test`; `npm run test:servers -- triton` runs the files with that name.
 */
const root = join(import.meta.dirname, '..')
const groups = groupServerTests(root, process.argv.slice(2))
const installations = new Installations(root, [...new Set(groups.flatMap(({ servers }) => servers))])
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    installations.stop()
    process.exit(1)
  })
}
buildPackages(root)
const scratch = mkdtempSync(join(tmpdir(), 'servebench-servers-'))
const { passed, failed, notRun } = await runServerTests({ root, scratch, installations, groups })
rmSync(scratch, { recursive: true, force: true })
for (const line of notRun) process.stdout.write(`\nNot run: ${line}\n`)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
