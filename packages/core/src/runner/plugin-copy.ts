import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServebenchError } from '../errors/servebench-error.ts'
import { VERSION } from '../version.ts'

const OWN_FOLDER = dirname(fileURLToPath(new URL('../../package.json', import.meta.url)))

/**
 * A plugin that brings another version of servebench along would speak of other classes and contracts than this one.
 * @param entry the plugin's module
 * @throws {ServebenchError} `SERVEBENCH_TWO_COPIES`
 */
export function refuseOtherVersion(plugin: string, entry: string): void {
  const copy = copyBeside(entry)
  if (copy === null || copy.version === VERSION) return
  throw new ServebenchError(
    'SERVEBENCH_TWO_COPIES',
    `Two versions of servebench are in use: ${VERSION} from ${OWN_FOLDER}, and ${copy.version} from ${copy.folder} by '${plugin}'.`,
    {
      advice: 'Install one version: make servebench a peer dependency of your plugins and run `npm dedupe`.',
    },
  )
}

/** The copy of servebench that a module would import; `null` when that is this one, or none. */
function copyBeside(entry: string): { readonly folder: string; readonly version: string } | null {
  try {
    const require = createRequire(entry)
    const manifest = require.resolve('servebench/package.json')
    const folder = dirname(realpathSync(manifest))
    if (folder === realpathSync(OWN_FOLDER)) return null
    const { version } = require(manifest) as { readonly version?: unknown }
    return { folder, version: String(version) }
  } catch {
    return null
  }
}
