import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { CostSettings, EnergySettings, LiveCarbon, TrialPlan } from '../plan/trial-plan.ts'
import type { EnergyReport, HourlyPrice } from '../report/result.ts'
import { readCarbonTable, type CarbonTable, type GridIntensity } from '../report/tariffs/carbon-table.ts'
import { ownPriceLists, priceOf, readPriceList, type PriceList } from '../report/tariffs/price-list.ts'
import type { ServerlessPrice } from '../metrics/cost/cost.ts'
import { suggest } from '../units/suggest.ts'
import { LiveGrids } from './live-grids.ts'

/** Of data centres on average (Uptime Institute, 2023), and of the large clouds. */
const PUE = 1.58
const CLOUD_PUE = 1.15

export type Grid = Pick<
  NonNullable<EnergyReport['carbon']>,
  'region' | 'intensity' | 'year' | 'source' | 'kind' | 'pue'
>

/** What the cost of a trial is made from. */
export type Tariff =
  | { readonly model: 'hourly'; readonly currency: string; readonly price: HourlyPrice }
  | {
      readonly model: 'serverless'
      readonly currency: string
      readonly price: ServerlessPrice
      readonly list: PriceList
      readonly gibibytes: number
      readonly service: string
    }
  | { readonly model: 'own'; readonly currency: string; readonly own: NonNullable<CostSettings['own']> }

/** Intensities and prices that the plans of a run name: each file is read once. */
export class Tariffs {
  readonly #root: string
  readonly #tables = new Map<string | null, CarbonTable>()
  readonly #live: LiveGrids
  readonly #lists = new Map<string, PriceList>()

  constructor(root: string) {
    this.#root = root
    this.#live = new LiveGrids(root)
  }

  /** @throws {ValidationError} with all that is wrong with the settings of these plans, and the files that they name */
  check(plans: readonly TrialPlan[]): void {
    const problems = new Map<string, Problem>()
    const note = (run: () => void): void => {
      try {
        run()
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error
        for (const problem of error.problems) problems.set(`${problem.path} ${problem.message}`, problem)
      }
    }
    for (const { settings } of plans) {
      note(() => this.grid(settings.energy))
      note(() => this.tariff(settings.cost))
    }
    if (problems.size > 0) throw new ValidationError('Energy and cost', [...problems.values()])
  }

  /** @throws {ValidationError} */
  grid(settings: EnergySettings | undefined): Grid | null {
    if (settings === undefined) return null
    const { region, intensity, table, pue } = settings
    const overhead = pue ?? (region.includes(':') ? CLOUD_PUE : PUE)
    if (intensity !== null && settings.live != null)
      throw problem('energy', 'intensity and live say it in different ways: one of them is enough.')
    if (intensity !== null) {
      return { region: null, intensity, year: null, source: 'the configuration', kind: null, pue: overhead }
    }
    const grid = this.#table(table).get(region)
    const live = settings.live ?? null
    if (live !== null && grid !== undefined) return { ...this.#liveGrid(live, grid), pue: overhead }
    if (grid !== undefined) return { ...grid, pue: overhead }
    throw problem('energy.region', `there is no '${region}' in ${table ?? 'the table of servebench'}.`, [
      region,
      [...this.#table(table).keys()],
    ])
  }

  /** Asks the live source of a trial's settings, where they name one: before {@link grid}. */
  async ask(settings: EnergySettings | undefined, leave: AbortSignal): Promise<void> {
    if (settings?.live != null) await this.#live.ask(settings.live, leave)
  }

  /** What the source says; the region's own number where it says nothing, with the reason. */
  #liveGrid(live: LiveCarbon, grid: GridIntensity): GridIntensity | Omit<Grid, 'pue'> {
    const answer = this.#live.answerOf(live)
    if (answer.intensity === null)
      return { ...grid, source: `${grid.source}, since ${live.name} gave no answer: ${answer.problem}` }
    return {
      region: null,
      intensity: answer.intensity,
      year: answer.at.getUTCFullYear(),
      source: `${live.name}, ${answer.at.toISOString()}`,
      kind: 'live',
    }
  }

  /** `null` when nothing is said of cost. @throws {ValidationError} */
  tariff(settings: CostSettings | undefined): Tariff | null {
    if (settings === undefined) return null
    const { price, shape, serverless, own } = settings
    const ways = Object.entries({ price, shape, serverless, own }).filter(([, value]) => value !== null)
    const [way] = ways
    if (way === undefined) return null
    if (ways.length > 1) {
      const names = ways.map(([name]) => name).join(', ')
      throw problem('cost', `${names} say it in different ways: one of them is enough.`)
    }
    const currency = settings.currency ?? 'USD'
    if (own !== null) return { model: 'own', currency, own }
    if (price !== null) return { model: 'hourly', currency, price: { perHour: price, ...UNNAMED } }
    const list = this.#list(settings)
    if (serverless !== null) {
      const found = list.serverless.get(serverless.service)
      const gibibytes = serverless.memory / 2 ** 30
      const { service } = serverless
      if (found !== undefined)
        return { model: 'serverless', currency: list.currency, price: found, list, gibibytes, service }
      throw problem('cost.serverless.service', `there is no '${service}' in these prices.`, [
        service,
        [...list.serverless.keys()],
      ])
    }
    const wanted = shape as string
    const perHour = priceOf(list, wanted)
    const { provider, region, asOf, source, pricing } = list
    if (perHour !== undefined)
      return {
        model: 'hourly',
        currency: list.currency,
        price: { perHour, shape: wanted, provider, region, asOf, source, pricing },
      }
    throw problem('cost.shape', `there is no '${wanted}' in the prices of ${provider}.`, [
      wanted,
      [...list.shapes.keys()],
    ])
  }

  #list({ prices, currency }: CostSettings): PriceList {
    if (prices === null) {
      const own = [...ownPriceLists().keys()].map((name) => `'${name}'`).join(', ')
      throw problem('cost.prices', `is needed to look a price up: ${own}, or a file.`)
    }
    let list = this.#lists.get(prices)
    if (list === undefined) {
      list = readPriceList(prices, this.#root)
      this.#lists.set(prices, list)
    }
    if (currency === null || currency === list.currency) return list
    throw problem('cost.currency', `is ${currency}, and these prices are in ${list.currency}.`)
  }

  #table(path: string | null): CarbonTable {
    let table = this.#tables.get(path)
    if (table === undefined) {
      table = readCarbonTable(path, this.#root)
      this.#tables.set(path, table)
    }
    return table
  }
}

const UNNAMED = {
  shape: null,
  provider: null,
  region: null,
  asOf: null,
  source: 'the configuration',
  pricing: null,
}

function problem(
  path: string,
  message: string,
  [wanted, known]: readonly [string, readonly string[]] = ['', []],
): ValidationError {
  return new ValidationError('Energy and cost', [{ path, message, suggestion: suggest(wanted, known) }])
}
