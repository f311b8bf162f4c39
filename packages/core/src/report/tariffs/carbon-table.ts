import type { Problem } from '../../errors/validation-error.ts'
import { Checker, ownFile, readDataFile } from './data-file.ts'

/** How much carbon the electricity of a region makes. */
export interface GridIntensity {
  readonly region: string
  /** g CO2e per kWh. */
  readonly intensity: number
  readonly year: number
  readonly source: string
  /** For example `average, location-based`. */
  readonly kind: string
}

export type CarbonTable = ReadonlyMap<string, GridIntensity>

/**
 * Reads a table of intensities, by region.
 * @param path relative to `root`; `null`: the one that comes with servebench
 * @throws {ValidationError} with all that is wrong
 */
export function readCarbonTable(path: string | null, root: string): CarbonTable {
  return readDataFile('The carbon file', path ?? ownFile('carbon/2024.json'), root, checkCarbonTable)
}

export function checkCarbonTable(content: unknown, problems: Problem[]): CarbonTable {
  const check = new Checker(problems)
  const file = check.object('', content, ['kind', 'unit', 'regions'])
  const kind = check.text('kind', file['kind'], /\S/, "what kind of intensity it is, such as 'average'")
  check.text('unit', file['unit'], /^g CO2e\/kWh$/, "the unit 'g CO2e/kWh'")
  const regions = Object.entries(check.object('regions', file['regions']))
  if (regions.length === 0) check.add('regions', 'expected one region at least.')
  return new Map(
    regions.map(([region, value]) => {
      const at = `regions.${region}`
      const entry = check.object(at, value, ['intensity', 'year', 'source'])
      const intensity = check.number(
        `${at}.intensity`,
        entry['intensity'],
        0,
        3000,
        'g CO2e per kWh, 0 to 3000',
      )
      const year = check.number(`${at}.year`, entry['year'], 1990, 2200, 'the year that it is of')
      const source = check.text(`${at}.source`, entry['source'], /\S/, 'where it is from')
      return [region, { region, intensity, year, source, kind }]
    }),
  )
}
