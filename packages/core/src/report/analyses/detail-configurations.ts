import type { RunResult } from '../result.ts'
import type { StudyPoint } from '../study/study-result.ts'
import { CHAPTER, detailTables } from './study-configurations.ts'

/** A result whose studies show these configurations in detail, open, in the place of those that they chose themselves. */
export function detailConfigurations(
  result: RunResult,
  chosen: ReadonlyMap<string, readonly StudyPoint[]>,
): RunResult {
  const isDetail = (id: string | undefined): boolean => id?.startsWith(CHAPTER) === true
  const place = result.analyses.findIndex(({ chapter }) => isDetail(chapter?.id))
  const others = result.analyses.filter(({ chapter }) => !isDetail(chapter?.id))
  const tables = (result.studies ?? []).flatMap((study) =>
    (chosen.get(study.id) ?? []).flatMap((point) => detailTables(study, point, true)),
  )
  return { ...result, analyses: others.toSpliced(place < 0 ? others.length : place, 0, ...tables) }
}
