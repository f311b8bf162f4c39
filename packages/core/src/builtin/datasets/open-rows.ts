import { glob, readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { DatasetFormat } from './dataset.ts'
import { requirePath } from './file-bytes.ts'
import { datasetError, type RowReader } from './row-reader.ts'

/** How the files of a data set are read. */
export interface RowFormat {
  readonly format: Exclude<DatasetFormat, 'folder' | 'imageNet' | 'coco'>
  readonly separator: string
  readonly columns: readonly string[] | null
  readonly axis: 'rows' | 'whole'
  /** Bytes. */
  readonly maxRow: number
}

const GLOB = /[*?[{]/

/**
 * The rows of a file; or of several, one after the other in the order of their names: those that a pattern matches, or
 * all of a folder.
 * @param name as the bench file has it
 */
export async function openRows(root: string, name: string, format: RowFormat): Promise<RowReader> {
  const files = await listFiles(root, name)
  const [first, second] = files as [string, ...string[]]
  const opened = await openFile(first, second === undefined ? name : relative(root, first), format)
  if (second === undefined) return opened
  return {
    columns: opened.columns,
    async *rows() {
      for (const file of files) {
        const reader = file === first ? opened : await openFile(file, relative(root, file), format)
        for await (const reading of reader.rows())
          yield { ...reading, place: `${basename(file)} ${reading.place}` }
      }
    },
  }
}

async function listFiles(root: string, name: string): Promise<readonly string[]> {
  const path = resolve(root, name)
  const found = await stat(path).catch(() => null)
  if (found === null && GLOB.test(name)) {
    const files: string[] = []
    for await (const file of glob(name, { cwd: root })) files.push(resolve(root, file))
    if (files.length === 0)
      throw datasetError(`No file matches '${name}'.`, `Patterns start at the project's folder, ${root}.`)
    return files.sort()
  }
  if (found?.isDirectory() !== true) {
    await requirePath(path, name, 'file')
    return [path]
  }
  const entries = await readdir(path, { withFileTypes: true })
  // Names that begin like this are those of notes that programs leave for themselves: _SUCCESS, .DS_Store.
  const files = entries.filter((entry) => entry.isFile() && !/^[._]/.test(entry.name))
  if (files.length === 0) throw datasetError(`The folder '${name}' has no files.`)
  return files.map((entry) => join(path, entry.name)).sort()
}

async function openFile(
  path: string,
  shown: string,
  { format, separator, columns, axis, maxRow }: RowFormat,
): Promise<RowReader> {
  switch (format) {
    case 'csv':
      return (await import('./csv-reader.ts')).openCsv(path, shown, { separator, columns, maxRow })
    case 'jsonl':
      return (await import('./jsonl-reader.ts')).openJsonl(path, maxRow)
    case 'npz':
      return (await import('./npz-reader.ts')).openNpz(path, shown, axis)
    case 'parquet':
      return (await import('./parquet-reader.ts')).openParquet(path, shown)
    case 'arrow':
      return (await import('./arrow-reader.ts')).openArrow(path, shown)
    case 'tfrecord':
      return (await import('./tfrecord-reader.ts')).openTfrecord(path, shown, maxRow)
  }
}
