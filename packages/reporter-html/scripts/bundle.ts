import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'rolldown'
import { licencesOf } from './licences.ts'

/** Makes `dist/page.js` and `dist/page.css`, what each page has in it, and `dist/licences.txt`, whose it is. */
export async function bundlePage(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const { output } = await build({
    input: join(root, 'app/main.ts'),
    platform: 'browser',
    resolve: { conditionNames: ['servebench-source', 'browser', 'import', 'default'] },
    // Of the core only what is used; its other parts need Node.js.
    treeshake: { moduleSideEffects: [{ test: /packages.core.src/, sideEffects: false }] },
    external: /^node:/,
    output: { format: 'iife', minify: true, codeSplitting: false },
    write: false,
    logLevel: 'warn',
  })
  const [{ code, moduleIds }] = output
  const { short, full } = licencesOf(moduleIds)
  if (/["'`]node:/.test(code))
    throw new Error('The page would need Node.js: something imports too much of the core.')
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(join(root, 'dist/page.js'), inert(`/*!\n${short.replaceAll('*/', '* /')}*/\n${code}`))
  writeFileSync(join(root, 'dist/licences.txt'), full)
  writeFileSync(join(root, 'dist/page.css'), smaller(readFileSync(join(root, 'app/page.css'), 'utf8')))
}

/** Nothing in the program ends the element that it stands in, and browsers read the same lines as were hashed. */
function inert(code: string): string {
  return code
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('</script', String.raw`<\/script`)
    .replaceAll('<!--', String.raw`<\!--`)
}

function smaller(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
}

if (import.meta.main) await bundlePage()
