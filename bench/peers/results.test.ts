import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { writeSection } from './results.ts'

it('writeSection replaces its own section only, and appends new ones', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'results-'))
  const file = path.join(folder, 'RESULTS.md')
  try {
    writeSection(file, '# Results', 'a', 'first')
    writeSection(file, '# Results', 'b', 'second')
    writeSection(file, '# Results', 'a', 'changed $& once')
    expect(readFileSync(file, 'utf8')).toBe(
      '# Results\n\n<!-- begin a -->\n\nchanged $& once\n\n<!-- end a -->\n\n<!-- begin b -->\n\nsecond\n\n<!-- end b -->\n',
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
