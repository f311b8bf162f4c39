import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, extname, join, matchesGlob, relative, sep } from 'node:path'
import { datasetError } from './row-reader.ts'

/** A file of a data set, before it is read. */
export interface ListedFile {
  readonly path: string
  /** Relative to the data set. */
  readonly name: string
  readonly label?: string
}

/** JSON of this size is more than Node.js can hold as text. */
const MOST_ANNOTATIONS = 512 * 1024 * 1024
const IMAGES = new Set(['.jpg', '.jpeg', '.png', '.webp', '.bmp', '.gif', '.tif', '.tiff', '.avif'])

const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.bmp': 'image/bmp',
  '.gif': 'image/gif',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.avif': 'image/avif',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac',
  '.mp4': 'video/mp4',
  '.txt': 'text/plain; charset=utf-8',
  '.json': 'application/json',
}

/** `undefined` where the extension says nothing. */
export function typeOf(name: string): string | undefined {
  return TYPES[extname(name).toLowerCase()]
}

export function isImage(name: string): boolean {
  return IMAGES.has(extname(name).toLowerCase())
}

/** All files of a folder and of those in it, in the order of their names; what begins with a dot is left out. */
export async function* listFolder(
  path: string,
  { match, images, label }: { readonly match?: string; readonly images: boolean; readonly label: boolean },
): AsyncGenerator<ListedFile> {
  for await (const file of walk(path)) {
    const name = relative(path, file).split(sep).join('/')
    if (match !== undefined && !matchesGlob(name, match)) continue
    if (images && !isImage(name)) continue
    const folder = name.includes('/') ? (name.split('/').at(-2) as string) : undefined
    yield { path: file, name, ...(label && folder !== undefined ? { label: folder } : {}) }
  }
}

async function* walk(path: string): AsyncGenerator<string> {
  const entries = await readdir(path, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const full = join(path, entry.name)
    if (entry.isDirectory()) yield* walk(full)
    else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(full).catch(() => null))?.isFile()))
      yield full
  }
}

/** Images of COCO's annotations (`instances_val2017.json`), by ascending id. */
export async function listCoco(
  annotations: string,
  shown: string,
  {
    images,
    label,
  }: { readonly images: string | undefined; readonly label: 'aspect' | 'objects' | undefined },
): Promise<readonly ListedFile[]> {
  const { size } = await stat(annotations)
  if (size >= MOST_ANNOTATIONS)
    throw datasetError(
      `'${shown}' has ${size} bytes, which are too many.`,
      'Keep the images that are to be sent.',
    )
  const document = parse(await readFile(annotations, 'utf8'), shown)
  const listed = (document['images'] as unknown[]).filter(isCocoImage).sort((a, b) => a.id - b.id)
  const objects = label === 'objects' ? countObjects(document['annotations']) : null
  const folder = images ?? (await guessFolder(annotations, listed[0]?.file_name))
  return listed.map((image) => ({
    // Names are data: they stay inside of the folder.
    path: join(folder, join('/', image.file_name)),
    name: image.file_name,
    ...(label === 'aspect'
      ? { label: aspectOf(image) }
      : objects === null
        ? {}
        : { label: objectsLabel(objects.get(image.id) ?? 0) }),
  }))
}

interface CocoImage {
  readonly id: number
  readonly file_name: string
  readonly width?: number
  readonly height?: number
}

function parse(text: string, shown: string): Record<string, unknown> {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw datasetError(`'${shown}' is no JSON: ${(cause as Error).message}`, undefined, cause)
  }
  const fields = document as Record<string, unknown> | null
  if (typeof fields === 'object' && fields !== null && Array.isArray(fields['images'])) return fields
  throw datasetError(
    `'${shown}' has no list of images.`,
    "COCO's instances_*.json and image_info_*.json have one.",
  )
}

function isCocoImage(value: unknown): value is CocoImage {
  const image = value as Partial<CocoImage> | null
  return (
    typeof image === 'object' &&
    image !== null &&
    typeof image.file_name === 'string' &&
    typeof image.id === 'number'
  )
}

function countObjects(annotations: unknown): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const annotation of Array.isArray(annotations) ? (annotations as unknown[]) : []) {
    const id = (annotation as { image_id?: unknown } | null)?.image_id
    if (typeof id === 'number') counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

/** `annotations/instances_val2017.json` has its images in `val2017`. */
async function guessFolder(annotations: string, first: string | undefined): Promise<string> {
  const beside = dirname(annotations)
  const set = /_([a-z]+\d{4})\.json$/.exec(annotations)?.[1]
  const candidates = [beside, ...(set === undefined ? [] : [join(beside, set), join(beside, '..', set)])]
  for (const folder of candidates)
    if (first !== undefined && (await stat(join(folder, first)).catch(() => null)) !== null) return folder
  return beside
}

const TOLERANCE = 0.03

function aspectOf({ width = 0, height = 0 }: CocoImage): string {
  const near = (ratio: number): boolean => height > 0 && Math.abs(width / height / ratio - 1) < TOLERANCE
  return near(4 / 3) ? '4:3' : near(3 / 4) ? '3:4' : 'other'
}

function objectsLabel(count: number): string {
  return count === 0 ? '0' : count < 5 ? '1–4' : count < 10 ? '5–9' : '≥10'
}
