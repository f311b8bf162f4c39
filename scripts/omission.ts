import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildPackages } from './build.ts'

// Coordinated omission: one server that freezes, seen by a closed loop, by a corrected one, and by an open loop.
const root = join(import.meta.dirname, '..')
buildPackages(root)
const { status } = spawnSync(
  process.execPath,
  [join(root, 'examples/coordinated-omission/demonstration.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
process.exitCode = status ?? 1
