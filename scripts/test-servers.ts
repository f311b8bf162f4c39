import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildPackages } from './build.ts'

// Tests against real model servers, which they install from package registries: not part of `npm test`.
const root = join(import.meta.dirname, '..')
buildPackages(root)
const { status } = spawnSync(
  join(root, 'node_modules/.bin/vitest'),
  ['run', '--project=servers', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
)
process.exitCode = status ?? 1
