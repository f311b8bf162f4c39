import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { readExternalFiles } from '../model/external-files.ts'
import { namesFunction } from '../plan/function-references.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { digestOf, filesOf, sampledDigestOf, statOf } from './file-digest.ts'
import { isWithin } from './impact.ts'
import { namedBy } from './named-files.ts'

type Naming = Pick<TrialPlan, 'file' | 'server' | 'streams' | 'quality'>

const MOST_FILES = 1000

/** Of the files under one name, so many bytes are read; what is beyond is told by samples. */
const MOST_BYTES = 1024 * 1024 * 1024

export interface PlanContentsOptions {
  /** Paths in plans start here. */
  readonly root: string
  /** Where results are written: nothing below it is an input. */
  readonly output: string
  /** All files that a bench file imports; absolute. Their functions may be called while measuring. */
  readonly imports: (benchFile: string) => Iterable<string>
}

/**
 * What the local files hold that plans name, such as models: part of what a measurement depends on. Each is read once, so
 * that all plans of a run see the same.
 */
export class PlanContents {
  readonly #options: PlanContentsOptions
  readonly #named = new Map<string, readonly string[]>()
  readonly #digests = new Map<string, Promise<string | null>>()

  constructor(options: PlanContentsOptions) {
    this.#options = options
  }

  /** Digests by path, relative to the root where they lie below it. */
  async of(plan: Naming): Promise<Readonly<Record<string, string>>> {
    const { root } = this.#options
    const digests: Record<string, string> = {}
    for (const path of this.#pathsOf(plan)) {
      let digest = this.#digests.get(path)
      if (digest === undefined) this.#digests.set(path, (digest = contentOf(path)))
      const known = await digest
      if (known !== null) digests[nameOf(path, root)] = known
    }
    return digests
  }

  #pathsOf(plan: Naming): ReadonlySet<string> {
    const { root, output, imports } = this.#options
    const named = [...namedBy(plan, root, this.#named)].filter((path) => !isWithin(output, path))
    if (!namesFunction([plan.streams, plan.quality])) return new Set(named)
    // The bench file itself counts by the functions that a plan names.
    const own = resolve(root, plan.file)
    return new Set([...named, ...[...imports(own)].filter((path) => path !== own)])
  }
}

function nameOf(path: string, root: string): string {
  const name = relative(root, path).replaceAll('\\', '/')
  return isAbsolute(name) || name.startsWith('..') ? path : name
}

/** 16 hexadecimal digits; `null` when there is nothing to be read. */
async function contentOf(path: string): Promise<string | null> {
  const stats = await statOf(path)
  if (stats === null) return null
  const files = stats.isDirectory()
    ? (await filesOf(path, MOST_FILES)).toSorted()
    : [path, ...weightsBeside(path)]
  const hash = createHash('sha256')
  let left = MOST_BYTES
  for (const file of files) {
    const found: Stats | null = await statOf(file)
    if (found === null || !found.isFile()) continue
    left -= found.size
    const digest = left >= 0 ? await digestOf(file) : await sampledDigestOf(file, found)
    hash.update(`${relative(path, file)}\0${digest}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Files of an ONNX model that hold its weights. */
function weightsBeside(path: string): readonly string[] {
  if (!path.endsWith('.onnx')) return []
  try {
    return readExternalFiles(path).files.map((file) => file.path)
  } catch {
    // It is not what its name says: then it is all there is.
    return []
  }
}
