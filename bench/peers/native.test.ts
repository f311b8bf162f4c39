import * as fileSystem from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, vi } from 'vitest'

it('says what to install without a C compiler, unless everything is built', async () => {
  const folder = fileSystem.mkdtempSync(path.join(tmpdir(), 'servebench-native-'))
  try {
    let built = false
    vi.doMock('node:fs', async (original) => {
      const fs = await original<typeof fileSystem>()
      // A program that is built is newer than its source.
      const statSync = (file: string) =>
        file.endsWith('.c') ? { mtimeMs: 1 } : built ? { mtimeMs: 2 } : undefined
      return { ...fs, statSync }
    })
    const { compilerProblem } = await import('./native.ts')
    expect(compilerProblem(folder)).toMatch(/^This benchmark needs a C compiler, .*apt install gcc.*\.$/)
    built = true
    expect(compilerProblem(folder)).toBeNull()
    built = false
    fileSystem.writeFileSync(path.join(folder, 'cc'), '')
    fileSystem.chmodSync(path.join(folder, 'cc'), 0o755)
    expect(compilerProblem(folder)).toBeNull()
  } finally {
    vi.doUnmock('node:fs')
    fileSystem.rmSync(folder, { recursive: true })
  }
})
