import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { missingProgram } from './missing-program.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'programs-'))
  vi.stubEnv('PATH', folder)
  vi.stubEnv('SERVE_BINARY', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it('says which program is not there, and what may say where it is', () => {
  expect(missingProgram('serve')).toBe('serve is not installed here')
  expect(missingProgram('serve', { variable: 'SERVE_BINARY' })).toBe(
    'serve is not installed here; SERVE_BINARY may say where it is',
  )
  writeFileSync(join(folder, 'serve'), '', { mode: 0o644 })
  expect(missingProgram('serve')).toBe('serve is not installed here')
})

it('finds what can be run on the PATH or where it usually is', () => {
  writeFileSync(join(folder, 'serve'), '')
  chmodSync(join(folder, 'serve'), 0o755)
  expect(missingProgram('serve')).toBe(false)
  vi.stubEnv('PATH', '')
  expect(missingProgram('serve')).not.toBe(false)
  expect(missingProgram('serve', { folders: [folder] })).toBe(false)
})

// What was named and is not there is an error of the run, not a case less.
it('believes the variable', () => {
  vi.stubEnv('SERVE_BINARY', '/nowhere/serve')
  expect(missingProgram('serve', { variable: 'SERVE_BINARY' })).toBe(false)
})
