import type { ZipEntry } from './zip.ts'
import { writeZip } from './zip.ts'
import type { JsonObject } from 'servebench/plugin'

const CONFIG = 'model-config.yaml'

export interface ArchiveContent {
  readonly name: string
  readonly version: string
  /** A file among `files`, or the name of one of TorchServe's own handlers. */
  readonly handler: string
  /** Of the file with the weights, which is among `files`. */
  readonly weights: string | null
  readonly files: readonly ZipEntry[]
  readonly config: JsonObject | null
}

/** What `torch-model-archiver` makes: a ZIP with the files of a model and `MAR-INF/MANIFEST.json`. */
export function writeModelArchive({
  name,
  version,
  handler,
  weights,
  files,
  config,
}: ArchiveContent): Uint8Array {
  const manifest = {
    // A constant: equal files are equal archives.
    createdOn: '01/01/1980 00:00:00',
    runtime: 'python',
    model: {
      modelName: name,
      handler,
      ...(weights === null ? {} : { serializedFile: weights }),
      modelVersion: version,
      ...(config === null ? {} : { configFile: CONFIG }),
    },
    archiverVersion: '0.12.0',
  }
  return writeZip([
    ...files,
    // JSON is YAML.
    ...(config === null ? [] : [{ name: CONFIG, content: Buffer.from(JSON.stringify(config, null, 2)) }]),
    { name: 'MAR-INF/MANIFEST.json', content: Buffer.from(JSON.stringify(manifest, null, 2)) },
  ])
}
