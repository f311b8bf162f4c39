// `node scripts/bootstrap.mjs SCRIPT [ARGUMENT…]` installs the dependencies when they are missing or differ from the
// lock file, then runs the script under the Node that came with them, so that every command of the README works on a
// fresh clone. Runs under any Node from 18 on, before anything is installed: plain JavaScript, no imports from packages.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.servebench-lock')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing dependencies (npm ci) …')
  const began = Date.now()
  // npm tells where it is; a direct call finds it on the path.
  const npm = process.env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']]
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  })
  if (status !== 0) {
    console.error('npm ci failed: see above. It needs access to the npm registry.')
    process.exit(status ?? 1)
  }
  writeFileSync(stamp, lock)
  console.error(`Installed in ${((Date.now() - began) / 1000).toFixed(0)} s.`)
}

// Not by way of the shell: it remembers where the first `node` was.
const [script, ...rest] = process.argv.slice(2)
const installed = join(root, 'node_modules', '.bin', 'node')
const node = existsSync(installed) ? installed : process.execPath
// Ctrl-C is for the script, which ends in its own way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
const run = spawnSync(node, [script, ...rest], { cwd: root, stdio: 'inherit' })
if (run.error) throw run.error
process.exit(run.status ?? 1)
