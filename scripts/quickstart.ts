import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildPackages } from './build.ts'

// The main job, end to end: a real model on a real local model server, over HTTP and gRPC, closed and open loop.
const root = join(import.meta.dirname, '..')
buildPackages(root)
const { status } = spawnSync(
  process.execPath,
  [join(root, 'packages/core/bin/servebench.js'), 'run', ...process.argv.slice(2)],
  { cwd: join(root, 'examples/quickstart'), stdio: 'inherit' },
)
process.exitCode = status ?? 1
