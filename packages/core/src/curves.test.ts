import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Modules that a module imports when it runs, and those that they import. */
function importsOf(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen.add(file)
  seen.add(file)
  const code = readFileSync(file, 'utf8').replace(/^\/\*\*[\s\S]*?\*\//gm, '')
  for (const [, type, name] of code.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)'/gm)) {
    if (type !== undefined || name === undefined) continue
    importsOf(name.startsWith('.') ? resolve(dirname(file), name) : name, seen)
  }
  return seen
}

describe('servebench/curves', () => {
  it('imports nothing that a browser does not have', () => {
    const modules = [...importsOf(resolve(import.meta.dirname, 'curves.ts'))]
    expect(modules.length).toBeGreaterThan(10)
    expect(modules.filter((name) => !name.startsWith('/'))).toEqual([])
  })

  it('would be found out if it did', () => {
    expect([...importsOf(resolve(import.meta.dirname, 'report/hdr.ts'))]).toContain('node:zlib')
  })
})
