import { escapeXml } from './xml.ts'

/** Text in a picture; axis labels that do not stand below the axis are centred on their line. */
export function svgText(x: number, y: string, anchor: string, content: string, kind = ''): string {
  const baseline = anchor === 'middle' ? '' : ' dominant-baseline="middle"'
  const css = kind === '' ? '' : ` class="${kind}"`
  return `<text${css} x="${x}" y="${y}" text-anchor="${anchor}"${baseline}>${escapeXml(content)}</text>`
}
