import { formatNanos, formatNumber, formatQuantity } from './quantity.ts'
import { svgText } from './svg.ts'
import { escapeXml } from './xml.ts'
import type { ControlReport, Trial } from './result.ts'

const WIDTH = 720
const HEIGHT = 280
const LEFT = 70
const RIGHT = 70
const TOP = 48
const BOTTOM = 32
const INNER = WIDTH - LEFT - RIGHT
const FLOOR = HEIGHT - BOTTOM

/** The file of a trial's picture, beside the report that shows it; `null` for a trial without one. */
export function controlFile({ id, control }: Trial): string | null {
  // Results of others are read as well: an id must not become a path.
  return control !== undefined && /^[\w-]+$/.test(id) ? `control-${id}.svg` : null
}

/** How a load followed a gauge, as an SVG: the gauge in each period, its target with the tolerance, and the load as steps. */
export function drawControl(report: ControlReport): string {
  const { course, phases, target, tolerance, gauge, unit, interval, mean } = report
  const end = course.at(-1)?.at ?? 1
  const highestReading = Math.max(target + tolerance, ...course.map(({ reading }) => reading))
  const most = unit === '1' ? 1 : 1.05 * highestReading
  const highest = 1.05 * Math.max(Number.MIN_VALUE, ...course.map(({ load }) => load))
  const x = (at: number): string => (LEFT + INNER * Math.min(1, at / end)).toFixed(1)
  const y = (value: number, top: number): string =>
    (FLOOR - (FLOOR - TOP) * Math.min(1, value / top)).toFixed(1)
  const readings = course.map(
    ({ at, reading }, index) => `${index === 0 ? 'M' : 'L'}${x(at)} ${y(reading, most)}`,
  )
  const loads = course.map(({ at, load }, index) => {
    const height = y(load, highest)
    return `${index === 0 ? `M${LEFT} ${height}` : `L${x(course[index - 1]?.at ?? 0)} ${height}`} L${x(at)} ${height}`
  })
  const from = phases.approach.until
  const band = `<rect class="b" x="${LEFT}" width="${INNER}" y="${y(target + tolerance, most)}" height="${(Number(y(target - tolerance, most)) - Number(y(target + tolerance, most))).toFixed(1)}"/>`
  const measured = `<rect class="m" x="${x(from)}" width="${Math.max(0, WIDTH - RIGHT - Number(x(from))).toFixed(1)}" y="${TOP}" height="${FLOOR - TOP}"/>`
  const held =
    mean === null
      ? ''
      : `<line class="h" x1="${x(from)}" x2="${WIDTH - RIGHT}" y1="${y(mean, most)}" y2="${y(mean, most)}"/>`
  const range =
    interval === null ? '' : ` (${formatQuantity(interval[0], unit)} to ${formatQuantity(interval[1], unit)})`
  const facts = `${report.outcome}: ${formatQuantity(mean, unit)}${range}, target ${formatQuantity(target, unit)} ± ${formatQuantity(tolerance, unit)}`
  const grid = [0, 0.5, 1].map(
    (share) =>
      svgText(LEFT - 8, y(share, 1), 'end', formatQuantity(most * share, unit)) +
      svgText(WIDTH - RIGHT + 8, y(share, 1), 'start', formatNumber(highest * share), 'c'),
  )
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    svgText(LEFT + INNER * share, String(FLOOR + 18), 'middle', share === 0 ? '0' : formatNanos(end * share)),
  )
  const title = `${gauge} and ${report.vary === 'rate' ? 'arrivals per second' : 'users'}`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">
<style>
text{font:12px system-ui,sans-serif;fill:#57606a}.t{font-size:14px;font-weight:600;fill:#1f2328}.c{fill:#bc4c00}.b{fill:#2da44e;fill-opacity:.18}.m{fill:#afb8c1;fill-opacity:.15}.h{stroke:#1a7f37;stroke-dasharray:5 3}.r{fill:none;stroke:#0969da;stroke-width:1.5}.l{fill:none;stroke:#bc4c00;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#8b949e}.t{fill:#e6edf3}.c{fill:#f0883e}.h{stroke:#3fb950}.r{stroke:#58a6ff}.l{stroke:#f0883e}}
</style>
<text class="t" x="${LEFT}" y="18">${escapeXml(title)}</text>
<text x="${LEFT}" y="35">${escapeXml(facts)}</text>
${measured}
${band}
${grid.join('\n')}
<path class="l" d="${loads.join(' ')}"/>
<path class="r" d="${readings.join(' ')}"/>
${held}
${ticks.join('\n')}
</svg>
`
}
