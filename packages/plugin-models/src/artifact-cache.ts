import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { canonicalJson, type BuiltArtifact } from 'servebench/plugin'
import type { WrittenFile } from './file-writer.ts'
import {
  FORMATS,
  writeModelFiles,
  type ModelFormat,
  type ModelSpec,
  type WrittenModel,
} from './model-file.ts'
import { nameOf } from './onnx-model.ts'

const DESCRIPTION = 'artifact.json'

interface Description extends WrittenModel {
  /** While sizes and times of change are as written the content is not read again. */
  readonly times: readonly number[]
}

/**
 * Finds a model in the cache folder or writes it. An entry is a folder named after the model and the hash of its
 * specification. It appears by rename when it is complete, so that processes may build the same model at once; a
 * damaged one is replaced.
 * @param largest see {@link writeModelFiles}
 */
export async function provideModel(
  spec: ModelSpec,
  directory: string,
  largest?: number,
): Promise<BuiltArtifact> {
  const format = FORMATS[spec.artifact]
  const key = createHash('sha256')
    .update(canonicalJson([format.key, spec.options]))
    .digest('hex')
  const name = nameOf(spec.options)
  const entry = join(directory, `${name}-${key.slice(0, 16)}`)
  const found = await readEntry(entry, format)
  if (found !== null) return found
  const scratch = join(directory, `.${name}-${process.pid}-${randomUUID()}`)
  await mkdir(scratch, { recursive: true })
  try {
    const written = await writeModelFiles(spec, scratch, largest)
    const times = await Promise.all(
      written.files.map(async (file) => (await stat(join(scratch, file.name))).mtimeMs),
    )
    const description: Description = { ...written, times }
    await writeFile(join(scratch, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`)
    await publish(scratch, entry)
    return built(entry, format, written)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function built(
  entry: string,
  format: ModelFormat,
  { files, digest, size, metadata }: WrittenModel,
): BuiltArtifact {
  const artifact = { path: format.isFolder ? entry : join(entry, format.file), digest, size, metadata }
  if (format.isFolder || files.length === 1) return artifact
  const companions = files.filter(({ name }) => name !== format.file).map(({ name }) => join(entry, name))
  return { ...artifact, companions }
}

/** When another process was faster its entry stays: it holds the same bytes. */
async function publish(scratch: string, entry: string): Promise<void> {
  try {
    await rename(scratch, entry)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

/** The entry when it is there and intact. A damaged one is moved out of the way; a missing one may appear at any time. */
async function readEntry(entry: string, format: ModelFormat): Promise<BuiltArtifact | null> {
  const description = await readFile(join(entry, DESCRIPTION), 'utf8').catch(() => null)
  if (description === null) return null
  try {
    const { times, ...written } = JSON.parse(description) as Description
    const intact = await Promise.all(written.files.map((file, index) => isIntact(entry, file, times[index])))
    if (!intact.includes(false)) return built(entry, format, written)
  } catch {
    // Not JSON, or the model is gone: damaged.
  }
  const trash = `${entry}.${randomUUID()}.damaged`
  await rename(entry, trash)
  await rm(trash, { recursive: true, force: true })
  return null
}

async function isIntact(entry: string, file: WrittenFile, time: number | undefined): Promise<boolean> {
  const path = join(entry, file.name)
  const { size, mtimeMs } = await stat(path)
  return size === file.size && (mtimeMs === time || (await digestOf(path)) === file.digest)
}

async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), digest)
  return digest.digest('hex')
}
