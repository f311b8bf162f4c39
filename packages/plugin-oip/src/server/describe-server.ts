import { textOf, textsOf } from './json-fields.ts'
import { OipCallError } from './oip-client.ts'
import type { OipClient } from './oip-client.ts'

export interface OipServer {
  readonly name: string
  readonly version: string | null
  /** Capabilities beyond the protocol's core, such as `binary_tensor_data`, `model_repository`, `statistics`. */
  readonly extensions: readonly string[]
}

/** What a server says about itself; `null` when it refuses to, as some do. */
export async function describeServer(client: OipClient): Promise<OipServer | null> {
  try {
    const { name, version, extensions } = await client.serverMetadata()
    if (typeof name !== 'string') return null
    return { name, version: textOf(version) || null, extensions: textsOf(extensions) }
  } catch (error) {
    if (error instanceof OipCallError && error.advice === undefined) return null
    throw error
  }
}

export function hasExtension(server: OipServer | null, name: string): boolean {
  // Some are refined in parentheses or by a suffix: `model_repository(unload_dependents)`, `model_repository_extension`.
  return (
    server?.extensions.some(
      (extension) =>
        extension === name || extension.startsWith(`${name}(`) || extension === `${name}_extension`,
    ) === true
  )
}
