/** A year as tariffs count it. */
const HOURS_PER_YEAR = 8760

/** What machines cost: by the hour, whatever they do. */
export interface HourlyCost {
  /** Of all machines that the measured throughput took. */
  readonly perHour: number
  /** Items per second inside the SLO. */
  readonly itemsPerSecond: number | null
  /** Share of that capacity that is used on average, (0, 1]. */
  readonly utilization: number
  readonly hoursPerMonth: number
}

export interface CostOfItems {
  readonly perMillion: number | null
  /** At the utilisation that was assumed. */
  readonly perMillionUsed: number | null
  readonly perMonth: number
  /** Items in a month at that utilisation. */
  readonly itemsPerMonth: number | null
}

/** price per hour / 3600 / X · 10⁶ */
export function costOfItems({
  perHour,
  itemsPerSecond,
  utilization,
  hoursPerMonth,
}: HourlyCost): CostOfItems {
  const perMillion =
    itemsPerSecond === null || !(itemsPerSecond > 0) ? null : (perHour / 3600 / itemsPerSecond) * 1e6
  return {
    perMillion,
    perMillionUsed: perMillion === null ? null : perMillion / utilization,
    perMonth: perHour * hoursPerMonth,
    itemsPerMonth: itemsPerSecond === null ? null : itemsPerSecond * utilization * hoursPerMonth * 3600,
  }
}

export interface ServerlessPrice {
  readonly perGiBSecond: number
  readonly perMillionRequests: number
}

/** Of one request that holds so much memory for so long. */
export function serverlessPerRequest(gibibytes: number, seconds: number, price: ServerlessPrice): number {
  return gibibytes * seconds * price.perGiBSecond + price.perMillionRequests / 1e6
}

export interface OwnHardware {
  readonly price: number
  readonly years: number
  /** Mean power of the machine at work, W, and of the data centre per watt of it. */
  readonly watts: number
  readonly pue: number
  readonly perKWh: number
  /** Share of its life that it is used for this, (0, 1]. */
  readonly utilization: number
}

/** Per hour of use: capex / (life · 8760 · utilisation) + W · PUE / 1000 · price of a kWh. */
export function ownPerHour({ price, years, watts, pue, perKWh, utilization }: OwnHardware): number {
  return price / (years * HOURS_PER_YEAR * utilization) + ((watts * pue) / 1000) * perKWh
}

/** Items per month that a budget pays for; machines are bought whole. */
export function itemsForBudget(
  budget: number,
  perMachineMonth: number,
  itemsPerMachineMonth: number,
): { readonly machines: number; readonly items: number } {
  const machines = Math.floor((budget / perMachineMonth) * (1 + 1e-12))
  return { machines, items: machines * itemsPerMachineMonth }
}
