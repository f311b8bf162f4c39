import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ServebenchError } from 'servebench/plugin'
import { printable } from 'servebench/report'
import { embedJson } from './embed.ts'
import { pack } from './pack.ts'
import type { Curves, PageData } from './page-data.ts'

/** The program and the style of every page: files that the build makes. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

const BUILT = { script: '../../dist/page.js', style: '../../dist/page.css' } as const

/** @throws {ServebenchError} `SERVEBENCH_HTML_BUILD` when the package was not built */
export async function loadAssets(): Promise<PageAssets> {
  const read = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8')
  try {
    const [script, style] = await Promise.all([read(BUILT.script), read(BUILT.style)])
    return { script, style }
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_HTML_BUILD', 'The program of the HTML report is missing.', {
      advice: 'Install @servebench/reporter-html again; in its repository, run npm run build.',
      cause,
    })
  }
}

/**
 * One file that needs nothing else: data, program and style are in it, and its policy allows nothing from anywhere.
 * @param curves of each run; read when the page is there
 */
export function writeDocument(
  title: string,
  data: PageData,
  curves: readonly Curves[],
  { script, style }: PageAssets,
): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="servebench">
<title>${escapeText(printable(title))}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This report is drawn by a program in this file: please allow scripts. The same numbers are in result.json.</noscript>
<script type="application/json" id="data">${embedJson(pack(data))}</script>
${curves.map((one, index) => `<script type="application/json" id="curves-${index}">${embedJson(pack(one))}</script>`).join('\n')}
<script>${script}</script>
</body>
</html>
`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
