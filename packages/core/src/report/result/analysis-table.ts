import type { Plot } from '../plot.ts'
import type { JsonValue } from '../../units/json.ts'

/** A table that an analysis plugin adds; reporters render it. */
export interface AnalysisTable {
  readonly name: string
  readonly title: string
  readonly columns: readonly {
    readonly name: string
    readonly unit: string | null
    readonly description?: string
    /** Where a table for people has no room, columns are left out, those with the highest rank first; 0, the default: never. */
    readonly rank?: number
  }[]
  readonly rows: readonly (readonly JsonValue[])[]
  readonly notes: readonly string[]
  /** Pictures of the rows, for reporters that draw. */
  readonly plots?: readonly Plot[]
  /** The rows are there for the plots: reports of text name the table and leave its rows out. */
  readonly plotOnly?: boolean
  /**
   * Tables with the same one stand together, for who wants to know more: pages fold them, and text for a terminal leaves
   * them out unless they are `open`.
   */
  readonly chapter?: {
    /** In links: lowercase with hyphens, unique within the result. */
    readonly id: string
    readonly title: string
    /** Somebody asked for it. */
    readonly open?: boolean
  }
}
