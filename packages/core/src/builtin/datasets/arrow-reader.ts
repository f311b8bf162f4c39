import type { RecordBatchReader, Vector } from 'apache-arrow'
import { fileBytes } from './file-bytes.ts'
import { messageOf } from './message-of.ts'
import { datasetError, type Row, type RowReader } from './row-reader.ts'

/** One batch is in memory at a time. @throws {ServebenchError} when the file is none of Arrow */
export async function openArrow(path: string, shown: string): Promise<RowReader> {
  const { RecordBatchReader: reader } = await import('apache-arrow')
  const open = async (): Promise<RecordBatchReader> => {
    try {
      const opened = await reader.from(fileBytes(path))
      return await (opened as unknown as { open(): Promise<RecordBatchReader> }).open()
    } catch (cause) {
      throw notArrow(shown, cause)
    }
  }
  const first = await open()
  const columns = first.schema?.fields.map(({ name }) => name) ?? []
  await first.cancel()
  if (columns.length === 0) throw notArrow(shown, new Error('it has no columns'))
  return {
    columns,
    async *rows() {
      const batches = await open()
      let number = 0
      try {
        for await (const batch of batches as unknown as AsyncIterable<ArrowBatch>) {
          const vectors = columns.map((name) => batch.getChild(name))
          for (let index = 0; index < batch.numRows; index++) {
            number += 1
            const row: Row = Object.fromEntries(
              columns.map((name, column) => [name, plain(vectors[column]?.get(index))]),
            )
            yield { place: `row ${number}`, row }
          }
        }
      } catch (cause) {
        throw notArrow(shown, cause)
      }
    },
  }
}

interface ArrowBatch {
  readonly numRows: number
  getChild(name: string): Vector | null
}

/** Lists are vectors of their own. */
function plain(value: unknown): unknown {
  const isVector = typeof value === 'object' && value !== null && 'toArray' in value && 'type' in value
  return isVector ? Array.from((value as Vector).toArray() as ArrayLike<unknown>, plain) : value
}

function notArrow(shown: string, cause: unknown): Error {
  return datasetError(
    `'${shown}' cannot be read as Arrow: ${messageOf(cause)}.`,
    'Write it uncompressed: pyarrow.feather.write_feather(table, file, compression="uncompressed").',
    cause,
  )
}
