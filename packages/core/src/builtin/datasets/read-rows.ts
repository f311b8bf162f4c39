import { Random, type DatasetReport } from '../../plugin.ts'
import { datasetError, RowError, type Reading } from './row-reader.ts'

export interface RowSelection {
  /** As the bench file names the data set. */
  readonly shown: string
  readonly skip: number
  /** Rows to look at, at most. */
  readonly rows: number
  /** Seeds the choice; `null`: the first rows. */
  readonly shuffle: number | null
  readonly badRows: 'strict' | 'skip'
  /** Rows that can be used, and about how many bytes of them, at most. */
  readonly wanted: number
  readonly bytes: number
}

export interface SelectedRows<T> {
  readonly rows: readonly T[]
  readonly report: DatasetReport
}

/** What is kept of a row. */
interface Kept {
  /** About how much memory it takes. */
  readonly bytes: number
}

/**
 * Rows of a data set: the first ones, or ones from all over it, each equally likely, by reservoir sampling (Vitter's
 * algorithm R), in a shuffled order. Memory depends on what is wanted alone.
 * @param read what is kept of a row; a {@link RowError} makes it a bad one
 * @throws {ServebenchError} when no row can be used, or one cannot and that is an error
 */
export async function selectRows<T extends Kept>(
  readings: AsyncIterable<Reading>,
  selection: RowSelection,
  read: (reading: Extract<Reading, { row: unknown }>) => T | Promise<T>,
): Promise<SelectedRows<T>> {
  const { shown, skip, shuffle, wanted } = selection
  const random = shuffle === null ? null : seeded(shuffle)
  const kept: T[] = []
  let seen = 0
  let good = 0
  let bad = 0
  let bytes = 0
  let firstBad: string | null = null
  if (selection.rows > 0 && wanted > 0) {
    for await (const reading of readings) {
      seen += 1
      if (seen <= skip) continue
      const problem = await tryRow(reading)
      if (problem !== null) {
        bad += 1
        firstBad ??= `${reading.place} ${problem}`
        if (selection.badRows === 'strict') {
          throw datasetError(
            `The data set '${shown}' has a row that cannot be used: ${reading.place} ${problem}.`,
            "Correct it, or leave such rows out: badRows: 'skip'.",
          )
        }
      }
      if (seen - skip >= selection.rows || isDone()) break
    }
  }
  if (kept.length === 0) {
    throw datasetError(
      `The data set '${shown}' has no rows that can be used.${firstBad === null ? '' : ` The first that cannot: ${firstBad}.`}`,
      seen <= skip && skip > 0 ? `It has ${seen} rows, and ${skip} are skipped.` : undefined,
    )
  }
  if (random !== null) shuffleInPlace(kept, random)
  return { rows: kept, report: { file: shown, rows: Math.max(0, seen - skip), bad, firstBad } }

  function isDone(): boolean {
    return random === null && (kept.length >= wanted || bytes >= selection.bytes)
  }

  /** Why a row is bad; `null` when it is not. */
  async function tryRow(reading: Reading): Promise<string | null> {
    if ('bad' in reading) return reading.bad
    const full = kept.length >= wanted || (bytes >= selection.bytes && kept.length > 0)
    // A row whose place in the reservoir is none is not worth decoding.
    const place = random !== null && full ? random.int(good + 1) : kept.length
    try {
      if (place < kept.length || !full) {
        const row = await read(reading)
        bytes += row.bytes - (kept[place]?.bytes ?? 0)
        kept[place] = row
      }
    } catch (error) {
      if (error instanceof RowError) return error.message
      throw error
    }
    good += 1
    return null
  }
}

function seeded(seed: number): Random {
  return new Random([seed, Math.floor(seed / 4_294_967_296), 0x5e7be9c4, 0])
}

/** Fisher and Yates. */
function shuffleInPlace(list: unknown[], random: Random): void {
  for (let index = list.length - 1; index > 0; index--) {
    const other = random.int(index + 1)
    const swap = list[index]
    list[index] = list[other]
    list[other] = swap
  }
}
