import { SECOND, type Nanos } from '../units/nanos.ts'
import { formatNanos, formatNumber, formatRate } from './quantity.ts'
import { svgText } from './svg.ts'
import { escapeXml } from './xml.ts'

export interface ArrivalPicture {
  readonly title: string
  readonly subtitle: string
  readonly duration: Nanos
  /** Arrivals in consecutive bins of equal length that fill the duration. */
  readonly bins: readonly number[]
}

const WIDTH = 720
const HEIGHT = 240
const LEFT = 60
const RIGHT = 60
const TOP = 48
const BOTTOM = 32
const INNER = WIDTH - LEFT - RIGHT
const FLOOR = HEIGHT - BOTTOM

/** A plan as an SVG: its rate over time as an area, and how many have arrived as a line. */
export function drawArrivals({ title, subtitle, duration, bins }: ArrivalPicture): string {
  const perBin = duration / bins.length
  const rates = bins.map((count) => (count * SECOND) / perBin)
  const highest = niceCeiling(Math.max(...rates))
  const total = bins.reduce((sum, count) => sum + count, 0)
  const x = (index: number): string => (LEFT + (INNER * index) / bins.length).toFixed(1)
  const y = (share: number): string => (FLOOR - (FLOOR - TOP) * share).toFixed(1)
  const area = rates.map(
    (rate, index) =>
      `${index === 0 ? '' : `L${x(index)} ${y(rate / highest)} `}L${x(index + 1)} ${y(rate / highest)}`,
  )
  let arrived = 0
  const line = bins.map((count, index) => {
    arrived += count
    return `L${x(index + 1)} ${y(total === 0 ? 0 : arrived / total)}`
  })
  const start = y((rates[0] ?? 0) / highest)
  const grid = [0, 0.5, 1].map(
    (share) =>
      `<line class="g" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}"/>` +
      svgText(LEFT - 8, y(share), 'end', formatRate(highest * share)) +
      svgText(WIDTH - RIGHT + 8, y(share), 'start', formatNumber(total * share), 'c'),
  )
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    svgText(
      LEFT + INNER * share,
      String(FLOOR + 18),
      'middle',
      share === 0 ? '0' : formatNanos(duration * share),
    ),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">
<style>
text{font:12px system-ui,sans-serif;fill:#57606a}.t{font-size:14px;font-weight:600;fill:#1f2328}.c{fill:#bc4c00}.g{stroke:#d0d7de}.a{fill:#54aeff;fill-opacity:.45;stroke:#0969da;stroke-width:.7}.l{fill:none;stroke:#bc4c00;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#8b949e}.t{fill:#e6edf3}.c{fill:#f0883e}.g{stroke:#30363d}.a{fill:#1f6feb;stroke:#58a6ff}.l{stroke:#f0883e}}
</style>
<text class="t" x="${LEFT}" y="18">${escapeXml(title)}</text>
<text x="${LEFT}" y="35">${escapeXml(subtitle)}</text>
${grid.join('\n')}
<path class="a" d="M${LEFT} ${FLOOR} L${LEFT} ${start} ${area.join(' ')} L${WIDTH - RIGHT} ${FLOOR} Z"/>
<path class="l" d="M${LEFT} ${FLOOR} ${line.join(' ')}"/>
${ticks.join('\n')}
</svg>
`
}

/** The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below the value. */
function niceCeiling(value: number): number {
  if (!(value > 0)) return 1
  let unit = 1
  while (unit * 10 <= value) unit *= 10
  while (unit > value) unit /= 10
  return unit * ([1, 2, 2.5, 5, 10].find((step) => unit * step >= value * (1 - 1e-9)) as number)
}
