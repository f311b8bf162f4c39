import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { JsonObject } from 'servebench/plugin'
import { parseModelConfig } from './parse-model-config.ts'

const LARGEST = 1024 * 1024

/**
 * The configuration that a model's folder has; `null` where it has none.
 * @throws {ServebenchError} `SERVEBENCH_TRITON_CONFIG` when the file cannot be understood
 */
export async function readStoredConfig(folder: string): Promise<JsonObject | null> {
  const path = join(folder, 'config.pbtxt')
  try {
    if ((await stat(path)).size > LARGEST) return null
  } catch {
    return null
  }
  return parseModelConfig(await readFile(path, 'utf8'))
}

/** Of the first repository that has the model, as Triton looks for it. */
export async function findStoredConfig(
  repositories: readonly string[],
  name: string,
  root: string,
): Promise<JsonObject | null> {
  for (const repository of repositories) {
    const config = await readStoredConfig(resolve(root, repository, name))
    if (config !== null) return config
  }
  return null
}
