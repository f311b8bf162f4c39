import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal } from './journal.ts'
import type { EventLine } from './journal-line.ts'
import { readJournal } from './read-journal.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  path = join(folder, 'journal.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

function event(at: number, message = 'x'): EventLine {
  return { type: 'event', trial: null, at, kind: 'note', message }
}

describe('Journal', () => {
  it('has each line in the file before append returns', () => {
    using journal = new Journal(path)
    for (let index = 0; index < 5; index++) {
      journal.append(event(index))
      expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(index + 2)
    }
    expect(journal.problem).toBeNull()
    expect(journal.unsaved).toBe('')
  })

  it('keeps a hostile message on one line', () => {
    const message = 'a\nb\r\u2028c\u0000\u001b[2J{"type":"run-end"}'
    using journal = new Journal(path)
    journal.append(event(1, message))
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2)
    expect(readJournal(path).lines).toEqual([event(1, message)])
  })

  it('writes what is not a number as null', () => {
    using journal = new Journal(path)
    journal.append(event(NaN))
    expect(readJournal(path).lines).toEqual([{ ...event(0), at: null }])
  })

  it('goes on after a torn line as if it had never been there', () => {
    const first = new Journal(path)
    first.append(event(1))
    first.append(event(2))
    first.close()
    truncateSync(path, readFileSync(path).byteLength - 5)
    using second = new Journal(path)
    second.append(event(3))
    expect(readJournal(path)).toEqual({ lines: [event(1), event(3)], corrupt: [], torn: false })
  })

  it('cuts off a torn line that is longer than one read', () => {
    writeFileSync(path, `${JSON.stringify(event(1))}\n${'x'.repeat(200_000)}`)
    new Journal(path).close()
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(event(1))}\n`)
    writeFileSync(path, 'x'.repeat(200_000))
    new Journal(path).close()
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it.runIf(process.platform === 'linux')('keeps what a full disk refuses, and says so', () => {
    using journal = new Journal('/dev/full')
    journal.append(event(1))
    journal.append(event(2))
    expect(journal.problem).toMatchObject({
      code: 'SERVEBENCH_WRITE',
      advice: expect.stringContaining('--output'),
    })
    expect(
      journal.unsaved
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([event(1), event(2)])
  })

  it('refuses a path that is no place for a file, with advice', () => {
    writeFileSync(path, '')
    expect(() => new Journal(join(path, 'journal.ndjson'))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_WRITE', advice: expect.stringContaining('--output') }),
    )
  })

  it('loses at most the line in progress when the process is killed', async () => {
    const module = new URL('./journal.ts', import.meta.url).href
    const script = `
      const { Journal } = await import(${JSON.stringify(module)})
      const journal = new Journal(process.argv[1])
      for (let at = 0; ; at++) {
        journal.append({ type: 'event', trial: null, at, kind: 'note', message: 'm'.repeat(at % 4000) })
        if (at % 16 === 0) process.stdout.write(at + '\\n')
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let seen = -1
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => resolve())
      child.once('error', reject)
      child.stdout.on('data', (chunk: Buffer) => {
        seen = Number(chunk.toString().trim().split('\n').at(-1))
        if (seen > 200) child.kill('SIGKILL')
      })
    })
    const { lines, corrupt } = readJournal(path)
    expect(corrupt).toEqual([])
    expect(lines.length).toBeGreaterThan(seen)
    expect(lines.map((line) => (line as EventLine).at)).toEqual(lines.map((_, index) => index))
  })
})

describe('readJournal', () => {
  it('ignores a torn last line and numbers damaged ones', () => {
    const good = JSON.stringify(event(1))
    writeFileSync(
      path,
      [good, '{"type":"event"', 'null', '{"type":"unheard-of"}', '', good, '[1]', '{"type":"ev'].join('\n'),
    )
    expect(readJournal(path)).toEqual({ lines: [event(1), event(1)], corrupt: [2, 3, 4, 7], torn: true })
  })

  it('reads lines across the borders of its reads, and text of several bytes', () => {
    const lines = Array.from({ length: 50 }, (_, index) => event(index, 'µ–漢'.repeat(1000 + index * 97)))
    for (const line of lines) appendFileSync(path, `${JSON.stringify(line)}\n`)
    expect(readJournal(path)).toEqual({ lines, corrupt: [], torn: false })
  })

  it('adds what a live run could not write, also from inside a line', () => {
    const text = `${JSON.stringify(event(1))}\n${JSON.stringify(event(2))}\n${JSON.stringify(event(3))}\n`
    for (let cut = 0; cut <= text.length; cut += 7) {
      writeFileSync(path, text.slice(0, cut))
      expect(readJournal(path, { unsaved: text.slice(cut) }).lines).toEqual([event(1), event(2), event(3)])
    }
  })

  it('says which file is missing', () => {
    expect(() => readJournal(join(folder, 'none'))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_JOURNAL' }),
    )
  })
})
