import type { EnergyPerItem } from '../../metrics/energy/energy-per-item.ts'

/** What a measurement drew. Energies in J, powers in W; carbon in g CO2e. */
export interface EnergyReport extends EnergyPerItem {
  /** `system`: meters of the whole machine; `components`: those of its parts that were read. */
  readonly scope: 'system' | 'components'
  readonly includes: readonly string[]
  /** Some of it is a model's guess. */
  readonly estimated: boolean
  /** Mean power. */
  readonly power: number
  /** The smallest share of the measurement that one of the sources covers. */
  readonly coverage: number
  readonly sources: readonly {
    readonly gauge: string
    readonly device: string | null
    readonly scope: string
    readonly method: string
    readonly power: number | null
    readonly coverage: number
    /** Whether it is part of `energy`. */
    readonly used: boolean
  }[]
  /** Devices with a counter of energy and readings of power: readings over counter, less 1. */
  readonly crossChecks: readonly {
    readonly device: string | null
    readonly counter: string
    readonly readings: string
    readonly gap: number
  }[]
  /** Before the load, the server ready and its models loaded; `null` when that was not measured. */
  readonly idle: { readonly power: number; readonly seconds: number } | null
  /** Of a machine with a battery: items that a full one lasts for. */
  readonly itemsPerBattery: number | null
  readonly carbon: {
    /** g CO2e per kWh, of which region and year, and who says so. */
    readonly intensity: number
    readonly region: string | null
    readonly year: number | null
    readonly source: string
    readonly kind: string | null
    readonly pue: number
    readonly perItem: number | null
    readonly total: number
    /** Of making the hardware, over the measurement. */
    readonly embodied: number | null
    /** (E·I + M) / R, per item (ISO/IEC 21031). */
    readonly sci: number | null
  } | null
}

/** What the measured throughput costs, in `currency`. */
export interface CostReport {
  readonly model: 'hourly' | 'serverless' | 'own'
  readonly currency: string
  readonly nodes: number
  /** Of one node, and where that is from; `null` for serverless. */
  readonly price: HourlyPrice | null
  /** Of all nodes; `null` for serverless. */
  readonly perHour: number | null
  readonly perMonth: number | null
  readonly hoursPerMonth: number
  /** Items per second that were correct and in time: what is paid for. */
  readonly itemsPerSecond: number | null
  readonly perMillion: number | null
  /** At the utilisation that is assumed. */
  readonly utilization: number
  readonly perMillionUsed: number | null
  readonly itemsPerMonth: number | null
  /** What a monthly budget pays for. */
  readonly budget: {
    readonly amount: number
    readonly targets: number | null
    readonly items: number | null
  } | null
  /** Such targets that a demand takes, and what they cost per month. */
  readonly demand: {
    readonly requests: number
    readonly headroom: number
    readonly targets: number | null
    readonly perMonth: number | null
  } | null
}

export interface HourlyPrice {
  readonly perHour: number
  readonly shape: string | null
  readonly provider: string | null
  readonly region: string | null
  /** ISO date. */
  readonly asOf: string | null
  readonly source: string
  readonly pricing: string | null
}
