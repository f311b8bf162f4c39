import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes the picture of the README: `FORCE_COLOR=1 npm run -s quickstart | node scripts/terminal-picture.ts out.svg`,
 * without the folder of the machine that made it.
 * It knows the escape sequences that a final report has: colours, bold and dim.
 */
const COLUMN = 7.83
const ROW = 17
const PADDING = 14
const COLORS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#3fb950',
  33: '#d29922',
  34: '#58a6ff',
  35: '#bc8cff',
  36: '#39c5cf',
  90: '#8b949e',
}

interface Look {
  color: string | null
  bold: boolean
  dim: boolean
}

// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\u001b\[([\d;]*)m/

const [, , file] = process.argv
if (file === undefined) throw new Error('Say which file to write: node scripts/terminal-picture.ts out.svg')
const lines = readFileSync(0, 'utf8')
  .replaceAll(join(import.meta.dirname, '../examples/quickstart/'), '')
  .trimEnd()
  .split('\n')
const width = Math.max(...lines.map((line) => Array.from(plain(line)).length))
const look: Look = { color: null, bold: false, dim: false }
const rows = lines.map((line, index) => {
  const y = PADDING + ROW * (index + 0.75)
  return `<text x="${PADDING}" y="${y}" xml:space="preserve">${spans(line)}</text>`
})
const size = { width: Math.ceil(width * COLUMN + 2 * PADDING), height: lines.length * ROW + 2 * PADDING }
writeFileSync(
  file,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#e6edf3">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`,
)

function plain(line: string): string {
  return line
    .split(SEQUENCE)
    .filter((_, index) => index % 2 === 0)
    .join('')
}

/** Each run of text has the place that its column has: a font that lacks a character must not shift the rest. */
function spans(line: string): string {
  let column = 0
  return line
    .split(SEQUENCE)
    .map((part, index) => {
      if (index % 2 === 1) {
        for (const code of part === '' ? [0] : part.split(';').map(Number)) apply(code)
        return ''
      }
      const start = column
      const length = Array.from(part).length
      column += length
      if (part.trim() === '') return ''
      const style = [
        look.color === null ? '' : ` fill="${look.color}"`,
        look.bold ? ' font-weight="bold"' : '',
        look.dim ? ' opacity="0.6"' : '',
      ].join('')
      const x = (PADDING + start * COLUMN).toFixed(1)
      return `<tspan x="${x}" textLength="${(length * COLUMN).toFixed(1)}"${style}>${escaped(part)}</tspan>`
    })
    .join('')
}

function apply(code: number): void {
  if (code === 0) Object.assign(look, { color: null, bold: false, dim: false })
  else if (code === 1) look.bold = true
  else if (code === 2) look.dim = true
  else if (code === 22) Object.assign(look, { bold: false, dim: false })
  else if (code === 39) look.color = null
  else if (code in COLORS) look.color = COLORS[code] as string
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
