import type { Trial } from 'servebench/plugin'
import { formatCount, formatNumber, formatQuantity, formatShare } from 'servebench/report'
import { quantityCell, shareCell } from './cells.ts'
import { dataTable, text } from './data-table.ts'
import { h } from './dom.ts'
import { facts } from './facts.ts'
import { term } from './terms.ts'

/** Energy, carbon and cost, with where the numbers are from. */
export function efficiency({ energy, cost }: Trial, file: string): HTMLElement | null {
  if (energy === null && cost === null) return null
  return h(
    'div',
    { class: 'efficiency' },
    energy === null ? null : energyOf(energy, file),
    cost === null ? null : costOf(cost),
  )
}

function energyOf(energy: NonNullable<Trial['energy']>, file: string): HTMLElement {
  const { carbon } = energy
  const show = formatQuantity
  return h(
    'div',
    {},
    h('h4', {}, term('energy', 'Energy'), energy.estimated ? ' (some of it estimated)' : ''),
    facts([
      ['scope', energy.scope === 'system' ? 'the whole machine' : `${energy.includes.join(' and ')} only`],
      ['mean power', show(energy.power, 'W')],
      ['before the load', energy.idle === null ? null : show(energy.idle.power, 'W')],
      ['energy', show(energy.energy, 'J')],
      ['per item', show(energy.perItem, 'J')],
      ['dynamic per item', energy.dynamicPerItem === null ? null : show(energy.dynamicPerItem, 'J')],
      ['per correct item', energy.perGoodItem === null ? null : show(energy.perGoodItem, 'J')],
      [
        'per 1000 items',
        energy.milliwattHoursPer1000 === null ? null : `${formatNumber(energy.milliwattHoursPer1000)} mWh`,
      ],
      ['items per battery', energy.itemsPerBattery === null ? null : formatCount(energy.itemsPerBattery)],
      ['coverage', formatShare(energy.coverage)],
      ...(carbon === null
        ? []
        : ([
            [term('carbon', 'CO2e per item'), show(carbon.perItem, 'g')],
            ['CO2e in all', show(carbon.total, 'g')],
            ['SCI', carbon.sci === null ? null : show(carbon.sci, 'g')],
            [
              'grid',
              `${formatNumber(carbon.intensity)} g/kWh, ${[carbon.region, carbon.year === null ? null : String(carbon.year), carbon.source].filter((part) => part !== null).join(', ')}; PUE ${formatNumber(carbon.pue)}`,
            ],
          ] as const)),
    ]),
    dataTable({
      caption: 'Sources of power',
      file: `${file}-power`,
      columns: [
        { title: 'gauge', heading: true },
        { title: 'device' },
        { title: 'scope' },
        { title: 'method' },
        { title: 'power', numeric: true },
        { title: 'coverage', numeric: true },
        { title: 'used' },
      ],
      rows: energy.sources.map((source) => [
        text(source.gauge),
        text(source.device),
        text(source.scope),
        text(source.method),
        quantityCell(source.power, 'W'),
        shareCell(source.coverage),
        text(source.used ? 'yes' : 'no'),
      ]),
    }),
  )
}

function costOf(cost: NonNullable<Trial['cost']>): HTMLElement {
  const money = (value: number | null): string | null =>
    value === null ? null : `${formatNumber(value)} ${cost.currency}`
  const price = cost.price
  return h(
    'div',
    {},
    h('h4', {}, term('cost', 'Cost')),
    facts([
      ['per million items', money(cost.perMillion)],
      [`per million at ${formatShare(cost.utilization)} utilisation`, money(cost.perMillionUsed)],
      ['per hour', money(cost.perHour)],
      [`per month of ${formatCount(cost.hoursPerMonth)} h`, money(cost.perMonth)],
      ['nodes', formatCount(cost.nodes)],
      [
        'price',
        price === null
          ? null
          : [price.shape, price.provider, price.region, price.pricing, price.asOf, price.source]
              .filter((part) => part !== null)
              .join(', '),
      ],
      ['items per month', cost.itemsPerMonth === null ? null : formatCount(cost.itemsPerMonth)],
      [
        'for the demand',
        cost.demand === null
          ? null
          : `${formatCount(cost.demand.targets)} targets, ${money(cost.demand.perMonth) ?? '–'} per month`,
      ],
    ]),
  )
}
