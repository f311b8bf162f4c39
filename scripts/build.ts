import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Builds all packages; turbo skips those that are up to date. */
export function buildPackages(root: string): void {
  const { status } = spawnSync(
    join(root, 'node_modules/.bin/turbo'),
    ['run', 'build', '--output-logs=errors-only', '--log-order=grouped'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    },
  )
  if (status !== 0) {
    console.error('The build failed: run `npm run build` to see why.')
    process.exit(1)
  }
}
