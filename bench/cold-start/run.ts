import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * `npm run bench:cold-start`: how long the project's ONNX server, a real Triton and a real MLServer take from nothing to
 * their first answer, with models of four sizes. Installs the servers first; `-- --repeats 3` starts each three times.
 */
const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({ options: { repeats: { type: 'string', default: '5' } } })

const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void => {
  const { status } = spawnSync(command, args, {
    cwd: import.meta.dirname,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (status !== 0) process.exit(status ?? 1)
}

for (const name of ['triton', 'mlserver']) run(join(root, 'servers', name, 'install.sh'), [])
const installed = join(root, '.servers')
run(
  process.execPath,
  [join(root, 'packages/core/bin/servebench.js'), '--repeats', values.repeats, '--reporter', 'markdown'],
  {
    BENCH_SERVERS: JSON.stringify({
      triton: join(installed, 'triton/bin/tritonserver'),
      mlserver: join(installed, 'mlserver/venv/bin/mlserver'),
    }),
  },
)
