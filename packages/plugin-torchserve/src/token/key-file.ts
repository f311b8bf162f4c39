import { readFileSync } from 'node:fs'
import { ServebenchError } from 'servebench/plugin'
import { fieldsOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonValue } from 'servebench/plugin'

/** What a token opens: the inference address, the management address, or the renewal of the other two. */
export type KeyUse = 'inference' | 'management' | 'API'

interface Key {
  readonly key: string
  /** Milliseconds since 1970; `null` where it does not expire. */
  readonly expires: number | null
}

/**
 * Reads a key of the file that TorchServe writes into its working directory.
 * @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_TOKEN` when there is no such file, or no such key in it
 */
export function readKeyFile(path: string, use: KeyUse): Key {
  const entry = fieldsOf(fieldsOf(parse(path))[use])
  const key = textOf(entry['key'])
  if (!/^[!-~]+$/.test(key)) throw failure(path, `has no key for '${use}'`)
  const expires = Date.parse(textOf(entry['expiration time']))
  return { key, expires: Number.isNaN(expires) ? null : expires }
}

function parse(path: string): JsonValue {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw failure(path, 'cannot be read', cause)
  }
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    // The reason would quote the file, and with it keys.
    throw failure(path, 'is not JSON')
  }
}

function failure(path: string, what: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_TORCHSERVE_TOKEN', `The key file '${path}' ${what}.`, {
    advice: 'TorchServe writes key_file.json into the folder it is started in; name that file in `keyFile`.',
    cause,
  })
}
