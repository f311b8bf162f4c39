import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BLOCK = 512
const NAME_BYTES = 100
const PREFIX_BYTES = 155
const CHECKSUM_AT = 148
/** As the checksum field counts while it is computed. */
const BLANKS = '        '

/**
 * The files below a folder as a compressed archive of the POSIX format `ustar`, in the order of their names, without owners
 * and times: equal folders are equal archives.
 */
export async function packFolder(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name)
    if (!(await stat(path)).isFile()) continue
    const content = await readFile(path)
    parts.push(header(name, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1)))
  }
  return new Uint8Array(gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])))
}

function header(path: string, size: number): Uint8Array {
  const { prefix, name } = split(path)
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0)
  block.write('0000644\0', 100)
  for (const owner of [108, 116]) block.write('0000000\0', owner)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write(BLANKS, CHECKSUM_AT)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM_AT)
  return block
}

/** A long path is divided at one of its slashes. */
function split(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= NAME_BYTES) return { prefix: '', name: path }
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (Buffer.byteLength(name) <= NAME_BYTES && Buffer.byteLength(prefix) <= PREFIX_BYTES)
      return { prefix, name }
  }
  throw new Error(`The path ${path} is too long for an application package.`)
}
