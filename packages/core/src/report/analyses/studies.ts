import type { AnalysisTable, RunResult } from '../result.ts'
import { ablationTable } from './study-ablation.ts'
import { detailTables } from './study-configurations.ts'
import { curveTable } from './study-curves.ts'
import { modelAnalyzerTable } from './study-details.ts'
import { failureTable } from './study-failures.ts'
import { memoryTable } from './study-memory.ts'
import { axisLabel, shortName } from './study-names.ts'
import { partsTable } from './study-parts.ts'
import { leadingPoints, shownPoints } from './study-ranking.ts'
import { sensitivityTable } from './study-sensitivity.ts'
import { severalTable } from './study-several.ts'
import { summaryTable } from './study-summary.ts'

/** What studies have found. */
export function analyseStudies({ studies = [] }: Pick<RunResult, 'studies'>): readonly AnalysisTable[] {
  return studies.flatMap((study) => [
    summaryTable(study),
    ...severalTable(study, shownPoints(study), (point) => shortName(study, point)),
    ...partsTable(study),
    ...curveTable(study),
    ...memoryTable(study),
    ...sensitivityTable(study),
    ...ablationTable(study, (axis) => axisLabel(study, axis)),
    ...failureTable(study),
    ...leadingPoints(study).flatMap((point) => detailTables(study, point)),
    ...modelAnalyzerTable(study),
  ])
}
