import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { datasetError } from './row-reader.ts'

const GZIP = [0x1f, 0x8b]
const CHUNK = 262_144

/** @throws {ServebenchError} when there is no such file or folder, or it is of the other kind */
export async function requirePath(path: string, shown: string, kind: 'file' | 'folder'): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${cause.code}`
    throw datasetError(
      `The data set '${shown}' ${what}.`,
      `Paths start at the project's folder: this one is ${path}.`,
    )
  })
  if (found.isDirectory() !== (kind === 'folder'))
    throw datasetError(
      `The data set '${shown}' is a ${found.isDirectory() ? 'folder' : 'file'}, and a ${kind} is needed.`,
    )
}

/** A file's bytes in chunks; unpacked where it is compressed by gzip. */
export async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: CHUNK })
  if (!(await isGzip(path))) {
    yield* source as AsyncIterable<Buffer>
    return
  }
  const unpacked = createGunzip({ chunkSize: CHUNK })
  source.on('error', (error) => unpacked.destroy(error))
  try {
    yield* source.pipe(unpacked) as AsyncIterable<Buffer>
  } finally {
    source.destroy()
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1]
  } finally {
    await file.close()
  }
}
