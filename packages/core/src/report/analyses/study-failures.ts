import { stripVTControlCharacters } from 'node:util'
import type { AnalysisTable } from '../result.ts'
import type { StudyResult } from '../study/study-result.ts'
import { shortName } from './study-names.ts'

/** Configurations that could not be measured, with why. */
export function failureTable(study: StudyResult): readonly AnalysisTable[] {
  const failed = study.points.filter(({ error, score }) => error !== null && score === null)
  if (failed.length === 0) return []
  return [
    {
      name: `study-failures-${study.id}`,
      title: `Could not be measured: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        { name: 'why', unit: null },
        { name: 'last of its log', unit: null },
      ],
      rows: failed
        .slice(0, 50)
        .map((point) => [
          shortName(study, point),
          point.error?.message ?? null,
          lastLine(point.error?.detail ?? ''),
        ]),
      notes: failed.length > 50 ? [`${failed.length - 50} further ones are in result.json.`] : [],
    },
  ]
}

/** Servers that log in colours end with the code that switches them off. */
function lastLine(log: string): string | null {
  return stripVTControlCharacters(log).trim().split('\n').at(-1)?.slice(0, 300) || null
}
