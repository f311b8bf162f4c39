import { CsvParser } from './csv-parser.ts'
import { fileBytes } from './file-bytes.ts'
import { datasetError, type RowReader } from './row-reader.ts'

export interface CsvFormat {
  readonly separator: string
  /** `null`: the first record. */
  readonly columns: readonly string[] | null
  readonly maxRow: number
}

/** @throws {ServebenchError} when the header is missing, or has a name twice */
export async function openCsv(path: string, shown: string, format: CsvFormat): Promise<RowReader> {
  const columns = format.columns ?? (await readHeader(path, format))
  if (columns === null || columns.length === 0) throw datasetError(`The data set '${shown}' is empty.`)
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined)
    throw datasetError(`The data set '${shown}' has two columns '${twice}'.`, 'Name them: columns: [...].')
  return {
    columns,
    async *rows() {
      let isHeader = format.columns === null
      for await (const { line, fields, problem } of records(path, format)) {
        if (isHeader) {
          isHeader = false
          continue
        }
        const place = `line ${line}`
        if (problem !== null) yield { place, bad: problem }
        else if (fields.length !== columns.length)
          yield {
            place,
            bad: `has ${fields.length === 1 ? '1 field' : `${fields.length} fields`} instead of ${columns.length}`,
          }
        else yield { place, row: Object.fromEntries(columns.map((name, index) => [name, fields[index]])) }
      }
    },
  }
}

async function readHeader(path: string, format: CsvFormat): Promise<readonly string[] | null> {
  for await (const { fields } of records(path, format)) return fields
  return null
}

async function* records(path: string, { separator, maxRow }: CsvFormat): ReturnType<typeof parseAll> {
  yield* parseAll(path, new CsvParser(separator, maxRow))
}

async function* parseAll(path: string, parser: CsvParser) {
  const decoder = new TextDecoder()
  for await (const chunk of fileBytes(path)) yield* parser.push(decoder.decode(chunk, { stream: true }))
  yield* parser.push(decoder.decode())
  yield* parser.end()
}
