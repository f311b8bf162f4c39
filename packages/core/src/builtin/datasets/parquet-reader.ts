import { messageOf } from './message-of.ts'
import { datasetError, type RowReader } from './row-reader.ts'

const PACKAGE = 'hyparquet'
/** Read at a time, inside a row group: few at first, as often no more are wanted, and at most so many. */
const FEW = 256
const MOST = 65_536
const GROWTH = 4

/** @throws {ServebenchError} when the package is missing, or the file is none of Parquet */
export async function openParquet(path: string, shown: string): Promise<RowReader> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } =
    await import('hyparquet').catch((cause: unknown) => {
      throw datasetError(
        `'${shown}' needs the package '${PACKAGE}' to be read, which is not installed.`,
        `Run npm install --save-dev ${PACKAGE}.`,
        cause,
      )
    })
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw datasetError(`'${shown}' is no Parquet file: ${messageOf(cause)}.`, undefined, cause)
  })
  return {
    columns: parquetSchema(metadata).children.map(({ element }) => element.name),
    async *rows() {
      let start = 0
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows)
        for (let from = start, size = FEW; from < end; from += size, size = Math.min(MOST, size * GROWTH)) {
          const rows = await parquetReadObjects({
            file,
            metadata,
            rowStart: from,
            rowEnd: Math.min(end, from + size),
            utf8: false,
          }).catch((cause: unknown) => {
            throw datasetError(
              `'${shown}' cannot be read at row ${from + 1}: ${messageOf(cause)}.`,
              'Compression by Snappy and none are supported.',
              cause,
            )
          })
          for (const [index, row] of rows.entries()) yield { place: `row ${from + index + 1}`, row }
        }
        start = end
      }
    },
  }
}
