import { describe, expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import { DEFAULT_OPTIONS } from '../config/defaults.ts'
import { findBenchFiles } from './find-bench-files.ts'

const FILES = Object.fromEntries(
  [
    'b.bench.ts',
    'a.bench.js',
    'deep/er/c.bench.mts',
    'deep/d.bench.tsx',
    'plain.ts',
    'bench.ts',
    'node_modules/x/e.bench.ts',
    'dist/f.bench.js',
    'deep/.git/g.bench.ts',
  ].map((file) => [file, '']),
)

async function find(
  options: { filters?: string[]; include?: string[]; exclude?: string[]; from?: string } = {},
) {
  using project = temporaryProject(FILES)
  const { include, exclude } = { ...DEFAULT_OPTIONS, ...options }
  const found = await findBenchFiles({
    root: project.root,
    include,
    exclude,
    filters: options.filters ?? [],
    directory: project.path(options.from ?? '.'),
  })
  return found.map((file) => file.slice(project.root.length + 1))
}

describe('findBenchFiles', () => {
  it('finds all bench files but those of others', async () => {
    expect(await find()).toEqual(['a.bench.js', 'b.bench.ts', 'deep/d.bench.tsx', 'deep/er/c.bench.mts'])
  })

  it('follows the globs of the configuration', async () => {
    expect(await find({ include: ['deep/**/*.mts', '*.bench.ts'] })).toEqual([
      'b.bench.ts',
      'deep/er/c.bench.mts',
    ])
    expect(await find({ exclude: ['deep/*'] })).toContain('deep/er/c.bench.mts')
    expect(await find({ exclude: ['deep/**', '**/node_modules/**', 'dist/**'] })).toEqual([
      'a.bench.js',
      'b.bench.ts',
    ])
  })

  it('takes a part of a path, or a file as it is', async () => {
    expect(await find({ filters: ['er/c'] })).toEqual(['deep/er/c.bench.mts'])
    expect(await find({ filters: ['./a.bench', 'deep/d'] })).toEqual(['a.bench.js', 'deep/d.bench.tsx'])
    expect(await find({ filters: ['plain.ts'] })).toEqual(['plain.ts'])
    expect(await find({ filters: ['er/c.bench.mts'], from: 'deep' })).toEqual(['deep/er/c.bench.mts'])
    expect(await find({ filters: ['nothing'] })).toEqual([])
  })

  it('finds nothing where there is nothing', async () => {
    expect(await findBenchFiles({ root: '/no/such/folder', include: ['**'], exclude: [] })).toEqual([])
  })
})
