import { ASSUMED_SIZES } from '../../model/measure/assumed-sizes.ts'
import type { StaticReport } from '../static-report.ts'

/**
 * What a table with the work of models has to say where sequences were counted as if they were one token long: FLOP
 * are then far too few.
 */
export function noteAssumedSizes(reports: readonly StaticReport[]): readonly string[] {
  const notes = reports.flatMap(({ model, notes: own }) => {
    const note = own.find((one) => one.startsWith(ASSUMED_SIZES))
    const names = note === undefined ? undefined : /: (.+?)\. /.exec(note)?.[1]
    return names === undefined ? [] : [`${model ?? 'a model'} (${names})`]
  })
  return notes.length === 0
    ? []
    : [
        `FLOP are for sizes of 1 where nobody said what is sent: ${[...new Set(notes)].join(', ')}. Say it: static: { sizes: { … } }.`,
      ]
}
