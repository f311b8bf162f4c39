import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { readCarbonTable } from './carbon-table.ts'
import { ownPriceLists, priceOf, readPriceList } from './price-list.ts'

let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject()
})
afterEach(() => project[Symbol.dispose]())

describe('the table of carbon', () => {
  it('that comes along knows countries, regions of a cloud and the world', () => {
    const table = readCarbonTable(null, '/')
    expect(table.get('world')).toMatchObject({ intensity: 445, year: 2024 })
    expect(table.get('DE')?.intensity).toBe(344)
    expect(table.get('US')?.intensity).toBe(384)
    expect(table.get('ID')?.year).toBe(2023)
    expect(table.get('gcp:us-central1')?.intensity).toBe(430)
    expect(table.size).toBe(1 + 37 + 39)
    for (const { intensity, source } of table.values()) {
      expect(intensity).toBeGreaterThan(0)
      expect(source).not.toBe('')
    }
  })

  it('of others is checked, all at once', () => {
    project.write({
      'bad.json': JSON.stringify({
        kind: '',
        unit: 'kg/MWh',
        regions: { DE: { intensity: -1, year: 'now', source: 5, note: '' }, FR: null },
        extra: 1,
      }),
      'empty.json': '{"kind":"average","unit":"g CO2e/kWh","regions":{}}',
      'broken.json': '{"kind":',
    })
    const paths = (file: string): unknown => {
      try {
        return readCarbonTable(file, project.root)
      } catch (error) {
        return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
      }
    }
    expect(paths('bad.json')).toEqual([
      'extra',
      'kind',
      'unit',
      'regions.DE.note',
      'regions.DE.intensity',
      'regions.DE.year',
      'regions.DE.source',
      'regions.FR',
      'regions.FR.intensity',
      'regions.FR.year',
      'regions.FR.source',
    ])
    expect(paths('empty.json')).toEqual(['regions'])
    expect(paths('broken.json')).toEqual(['file'])
    expect(paths('nowhere.json')).toEqual(['file'])
  })
})

describe('prices', () => {
  it.each(['aws', 'gcp', 'azure'])('of %s come along, with their day and source', (name) => {
    const list = readPriceList(name, '/')
    expect(list.provider).toBe(name)
    expect(list.currency).toBe('USD')
    expect(list.asOf).toMatch(/^20\d\d-\d\d-\d\d$/)
    expect(list.source).toContain('https://')
    expect(list.shapes.size).toBeGreaterThan(10)
    expect(ownPriceLists().get(name)).toBe(`${name}-${list.asOf.slice(0, 7)}.json`)
  })

  it('are those of a shape, or of its parts', () => {
    expect(priceOf(readPriceList('aws', '/'), 'g4dn.xlarge')).toBe(0.526)
    const gcp = readPriceList('gcp', '/')
    expect(priceOf(gcp, 'e2-standard-4')).toBeCloseTo(0.134023, 6)
    expect(priceOf(gcp, 'e2-custom-4-16')).toBeCloseTo(priceOf(gcp, 'e2-standard-4') as number, 5)
    expect(priceOf(gcp, 'e2-custom-2-4')).toBeCloseTo(2 * 0.02181159 + 4 * 0.00292353, 12)
    expect(priceOf(gcp, 'n9-custom-2-4')).toBeUndefined()
    expect(priceOf(gcp, 'e2-standard-5')).toBeUndefined()
    expect(priceOf(gcp, 'toString')).toBeUndefined()
  })

  it('of others are checked, all at once', () => {
    project.write({
      'mine.json': JSON.stringify({
        provider: 'mine',
        region: 'cellar',
        currency: 'EUR',
        asOf: '2026-05-01',
        pricing: 'own',
        source: 'invoice',
        shapes: { box: { perHour: 0.1 } },
      }),
      'bad.json': JSON.stringify({
        provider: 'x',
        currency: 'euro',
        asOf: '2026-13-45',
        pricing: 'y',
        source: 'z',
        shapes: { a: { perHour: 0 }, b: { perHour: '1' }, c: { perHour: 1, vcpu: 2 } },
        families: { e: { perCpuHour: 1 } },
      }),
      'array.json': '[]',
    })
    expect(readPriceList('mine.json', project.root).shapes.get('box')).toBe(0.1)
    const problems = (file: string): unknown => {
      try {
        return readPriceList(file, project.root)
      } catch (error) {
        return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
      }
    }
    expect(problems('bad.json')).toEqual([
      'shapes.a.perHour',
      'shapes.b.perHour',
      'shapes.c.vcpu',
      'families.e.perGiBHour',
      'region',
      'currency',
      'asOf',
    ])
    expect(problems('array.json')).toContain('file')
  })
})
