import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Random } from '../stats/prng.ts'
import { diffFiles, unifiedDiff } from './unified-diff.ts'

it('is nothing for equal files', () => {
  expect(unifiedDiff('a', 'x\n', 'x\n')).toBe('')
  expect(diffFiles([{ path: 'a', text: 'x' }], [{ path: 'a', text: 'x' }])).toBe('')
})

it('shows three lines around each change, and joins those that are near', () => {
  const before = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`)
  const after = before.with(4, 'five\n').with(8, 'nine\n').toSpliced(24, 1)
  expect(unifiedDiff('config.pbtxt', before.join(''), after.join(''))).toBe(
    [
      '--- a/config.pbtxt',
      '+++ b/config.pbtxt',
      '@@ -2,11 +2,11 @@',
      ' line 2',
      ' line 3',
      ' line 4',
      '-line 5',
      '+five',
      ' line 6',
      ' line 7',
      ' line 8',
      '-line 9',
      '+nine',
      ' line 10',
      ' line 11',
      ' line 12',
      '@@ -22,7 +22,6 @@',
      ' line 22',
      ' line 23',
      ' line 24',
      '-line 25',
      ' line 26',
      ' line 27',
      ' line 28',
      '',
    ].join('\n'),
  )
})

it('tells new files, files that are gone, and a missing end of line', () => {
  expect(diffFiles([{ path: 'old', text: 'a\n' }], [{ path: 'new', text: 'b' }])).toBe(
    '--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+b\n\\ No newline at end of file\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n',
  )
})

it('is applied by git, for any two files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'servebench-diff-'))
  const random = new Random([1, 2, 3, 4])
  try {
    const text = (): string => {
      const lines = Array.from(
        { length: 1 + Math.floor(random.next() * 40) },
        () => `${Math.floor(random.next() * 4)}`,
      )
      return lines.join('\n') + (random.next() < 0.5 ? '\n' : '')
    }
    const files = Array.from({ length: 60 }, (_, index) => ({
      path: `d/${index}`,
      before: text(),
      after: text(),
    }))
    mkdirSync(join(folder, 'd'))
    for (const { path, before } of files) writeFileSync(join(folder, path), before)
    const patch = diffFiles(
      files.map(({ path, before }) => ({ path, text: before })),
      files.map(({ path, after }) => ({ path, text: after })),
    )
    execFileSync('git', ['apply', '--unsafe-paths', '-'], {
      cwd: folder,
      input: patch,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    for (const { path, after } of files) expect(readFileSync(join(folder, path), 'utf8')).toBe(after)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('does not take long for files without a common line', () => {
  const lines = (word: string): string =>
    Array.from({ length: 5000 }, (_, index) => `${word} ${index}\n`).join('')
  expect(unifiedDiff('a', lines('a'), lines('b')).split('\n')).toHaveLength(10_004)
})
