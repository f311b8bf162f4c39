import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'

/** Runs statements where the loader can be installed; `print` writes a value of JSON. */
async function run(root: string, statements: string): Promise<unknown[]> {
  const script = `
    import { writeFileSync } from 'node:fs'
    import { importUserModule } from ${JSON.stringify(new URL('./import-module.ts', import.meta.url).href)}
    const root = ${JSON.stringify(root)}
    const print = (value) => console.log(JSON.stringify(value))
    ${statements}
  `
  const arguments_ = ['--conditions=servebench-source', '--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, { cwd: root })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

it('imports a module once, or anew when told to, with all that it imports', async () => {
  using project = temporaryProject({
    'config.ts': "import { value } from './value'\nexport default value",
    'value.ts': 'enum E { first = 1, second = 2 }\nexport const value: number = E.first',
  })
  const printed = await run(
    project.root,
    `
    const read = async (options) => (await importUserModule(root + '/config.ts', options)).default
    print(await read())
    writeFileSync(root + '/value.ts', 'export const value = 3')
    print(await read())
    print(await read({ fresh: true }))
    print(await read())
  `,
  )
  expect(printed).toEqual([1, 1, 3, 3])
})

it('tells what a module imports to the listener of the last call', async () => {
  using project = temporaryProject({
    'a.ts': "import './b'",
    'b.ts': "import './c.js'",
    'c.ts': 'export {}',
    'd.ts': "import './c'",
  })
  const printed = await run(
    project.root,
    `
    const seen = []
    const listen = (name) => ({ onImport: (from, to) => seen.push([name, from.slice(-4), to.slice(-4)]) })
    await importUserModule(root + '/a.ts', listen('first'))
    await importUserModule(root + '/d.ts', listen('second'))
    print(seen)
  `,
  )
  expect(printed).toEqual([
    [
      ['first', 'a.ts', 'b.ts'],
      ['first', 'b.ts', 'c.ts'],
      ['second', 'd.ts', 'c.ts'],
    ],
  ])
})

it('shows where a module is wrong', async () => {
  using project = temporaryProject({ 'a.ts': 'type T = 1\nexport default missing()\n' })
  const failing = run(project.root, `await importUserModule(root + '/a.ts')`)
  await expect(failing).rejects.toThrow(/SERVEBENCH_MODULE/)
  await expect(failing).rejects.toThrow(
    /a\.ts:2:\d+\nReferenceError: missing is not defined\n\n {2}1 \| type T = 1\n> 2 \| export default missing\(\)/,
  )
})
