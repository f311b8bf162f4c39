import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** What a model's own configuration says of what can be varied. */
export interface RepositoryModel {
  /** Whether it has a batch dimension. */
  readonly isBatched: boolean
  /** Models that it is composed of, if it is an ensemble. */
  readonly steps: readonly string[]
}

const LARGEST_FILE = 1024 * 1024
/** Strings and comments first: braces inside of them are none. */
const TOKENS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[{}[\]:]|[^\s{}[\]:,;<>#"']+/g

/** Of a model of a repository on this machine; `null` where it says nothing, or there is none. */
export function readRepositoryModel(repository: string, name: string): RepositoryModel | null {
  const text = readStart(join(repository, name, 'config.pbtxt'))
  return text === null ? null : parseModel(text)
}

/** Looks for three fields; everything else of the format is passed over. */
export function parseModel(text: string): RepositoryModel {
  const tokens = (text.match(TOKENS) ?? []).filter((token) => !token.startsWith('#'))
  const steps = new Set<string>()
  let [depth, scheduling, largest] = [0, -1, 0]
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1] === ':' ? tokens[index + 2] : tokens[index + 1]
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') {
      depth--
      if (depth <= scheduling) scheduling = -1
    } else if (depth === 0 && token === 'max_batch_size') largest = Number(next)
    else if (depth === 0 && token === 'ensemble_scheduling') scheduling = 0
    else if (scheduling === 0 && token === 'model_name' && isName(next)) steps.add(next.slice(1, -1))
  }
  return { isBatched: largest > 0, steps: [...steps] }
}

/** In quotation marks. Names become parts of paths. */
function isName(token: string | undefined): token is string {
  return token !== undefined && /^["'][A-Za-z0-9_][A-Za-z0-9._-]*["']$/.test(token)
}

function readStart(file: string): string | null {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    // Not on this machine, or a model whose configuration the server makes up.
    return null
  }
  try {
    const bytes = Buffer.alloc(LARGEST_FILE)
    return bytes.toString('utf8', 0, readSync(descriptor, bytes))
  } catch {
    return null
  } finally {
    closeSync(descriptor)
  }
}
