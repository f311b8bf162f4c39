import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'rolldown'
import { licencesOf } from './licences.ts'

/** Puts what plots need of the chart library into the package: the whole library takes 60 MB. */
export async function bundleCharts(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const { output } = await build({
    input: join(root, 'src/plots/echarts.ts'),
    platform: 'node',
    resolve: { conditionNames: ['servebench-source', 'import', 'default'] },
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    output: { format: 'esm', minify: true, codeSplitting: false },
    write: false,
    logLevel: 'warn',
  })
  const [{ code, moduleIds }] = output
  const { short, full } = licencesOf(moduleIds)
  writeFileSync(join(root, 'dist/plots/echarts.js'), `/*!\n${short.replaceAll('*/', '* /')}*/\n${code}`)
  const licences = join(root, 'dist/licences.txt')
  if (!readFileSync(licences, 'utf8').includes(full)) appendFileSync(licences, full)
}

if (import.meta.main) await bundleCharts()
