import { closeSync, openSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../stats/seed.ts'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import type { QueryLines } from './query-plan.ts'
import { QueryReader, type QueryReaderOptions } from './query-reader.ts'

const projects: TemporaryProject[] = []
const files: number[] = []
afterEach(() => {
  for (const file of files.splice(0)) closeSync(file)
  for (const project of projects.splice(0)) project[Symbol.dispose]()
})

interface Found {
  readonly url: string
  readonly body: string
  readonly position: number
}

function opened(content: string | Uint8Array): number {
  const project = temporaryProject()
  projects.push(project)
  writeFileSync(project.path('queries.txt'), content)
  const file = openSync(project.path('queries.txt'), 'r')
  files.push(file)
  return file
}

function read(content: string | Uint8Array, options: Partial<QueryReaderOptions> = {}) {
  const bad: [number, string][] = []
  const lines: QueryLines = options.lines ?? 'url'
  const reader = new QueryReader({
    file: opened(content),
    lines,
    from: 0,
    until: Infinity,
    maxLine: 1024,
    base64: false,
    block: 64,
    onBad: (line, problem) => bad.push([line, problem]),
    ...options,
  })
  return { reader, found: drain(reader, lines), bad }
}

function drain(reader: QueryReader, lines: QueryLines): Found[] {
  const found: Found[] = []
  while (reader.next()) {
    const { buffer, urlStart, urlEnd, bodyStart, bodyEnd, position } = reader
    found.push({
      url: lines === 'body' ? '' : buffer.toString('latin1', urlStart, urlEnd),
      body: lines === 'url' ? '' : buffer.toString('latin1', bodyStart, bodyEnd),
      position,
    })
  }
  return found
}

/** What a file means, read the simple way: all of it at once. */
function meaning(content: string, lines: QueryLines): Pick<Found, 'url' | 'body'>[] {
  const rows = content.split('\n')
  if (rows.at(-1) === '') rows.pop()
  const bare = rows.map((row) => row.replace(/\r$/, ''))
  if (lines === 'url') return bare.filter((row) => row !== '').map((url) => ({ url, body: '' }))
  if (lines === 'body') return bare.filter((row) => row !== '').map((body) => ({ url: '', body }))
  const pairs: { url: string; rows: string[] }[] = []
  for (const [index, row] of rows.entries()) {
    if (row.startsWith('/')) pairs.push({ url: bare[index] as string, rows: [] })
    else pairs.at(-1)?.rows.push(row)
  }
  return pairs.map(({ url, rows: body }) => ({ url, body: body.join('\n').replace(/\r$/, '') }))
}

describe('QueryReader', () => {
  it('reads lines with any end, and without one', () => {
    expect(read('/a?b=1\n/c\r\n\n\r\n/d').found).toEqual([
      { url: '/a?b=1', body: '', position: 0 },
      { url: '/c', body: '', position: 7 },
      { url: '/d', body: '', position: 14 },
    ])
  })

  it('takes all lines up to the next path for a body', () => {
    const { found, bad } = read('/a\n{\n "x": 1\n}\n/b\r\nhello\r\n\r\n', { lines: 'url-and-body' })
    expect(found.map(({ url, body }) => [url, body])).toEqual([
      ['/a', '{\n "x": 1\n}'],
      ['/b', 'hello\r\n'],
    ])
    expect(bad).toEqual([])
  })

  it.each<QueryLines>(['url', 'url-and-body', 'body'])('reads %s alike whatever is read at once', (lines) => {
    for (let seed = 0; seed < 60; seed++) {
      const random = createRandom({ seed: `${seed}`, path: [], repeat: 0, stream: 'main', purpose: 'test' })
      const end = seed % 3 === 0 ? '\r\n' : '\n'
      const word = (length: number): string =>
        Array.from({ length }, () => String.fromCharCode(97 + random.int(26))).join('')
      const rows: string[] = []
      for (let index = 0; index < 1 + random.int(30); index++) {
        if (lines !== 'body') rows.push(`/${word(random.int(90))}`)
        if (lines !== 'url')
          for (let row = 0; row <= random.int(3); row++) rows.push(word(1 + random.int(200)))
        if (lines !== 'url-and-body' && random.int(4) === 0) rows.push('')
      }
      const content = rows.join(end) + (seed % 2 === 0 ? end : '')
      const expected = meaning(content, lines)
      const { reader, found, bad } = read(content, { lines, block: 1 + random.int(300) })
      expect(found.map(({ url, body }) => ({ url, body }))).toEqual(expected)
      expect(bad).toEqual([])
      reader.rewind()
      expect(drain(reader, lines)).toEqual(found)

      // Parts that meet anywhere at the beginning of a line have all queries once.
      const starts = [...content.matchAll(/(?<=\n)/g)].map(({ index }) => index)
      const cut = starts.length === 0 ? 0 : (starts[random.int(starts.length)] as number)
      const parts = [
        { from: 0, until: cut },
        { from: cut, until: content.length },
      ].map((part) => read(content, { lines, block: 50, ...part }))
      expect(parts.flatMap((part) => part.found)).toEqual(found)
      expect(parts.flatMap((part) => part.bad)).toEqual([])
    }
  })

  it('names each line that cannot be sent, and goes on', () => {
    const { found, bad } = read(
      ['/good', 'relative', 'http://host/x', '/a b', '/ü', '/nul\0', `/${'x'.repeat(1023)}`, '/last'].join(
        '\n',
      ),
    )
    expect(found.map(({ url }) => url)).toEqual(['/good', '/last'])
    expect(bad).toEqual([
      [2, "does not begin with '/'"],
      [3, 'is a whole URL: leave out what the target says, scheme and host'],
      [4, 'has a space in column 3: percent-encode it'],
      [5, 'has the byte 0xc3 in column 2: percent-encode it'],
      [6, 'has the byte 0x00 in column 5: percent-encode it'],
      [7, 'is not shorter than 1.00 KiB'],
    ])
  })

  it('names bodies without a path, and paths without a body', () => {
    const { found, bad } = read('lost\nmore\n/a\n/b\nbody\n/bad path\nits body\n/c\n', {
      lines: 'url-and-body',
    })
    expect(found.map(({ url, body }) => [url, body])).toEqual([['/b', 'body']])
    expect(bad).toEqual([
      [1, "is a body without a path before it: paths begin with '/'"],
      [3, 'has no body after it'],
      [6, 'has a space in column 5: percent-encode it'],
      [8, 'has no body after it'],
    ])
  })

  it.each([1, 64, 5000])('reads over a gigantic line without keeping it, %d bytes at once', (block) => {
    const { reader, found, bad } = read(`/a\n/${'x'.repeat(100_000)}\n/b\n`, { block })
    expect(found.map(({ url }) => url)).toEqual(['/a', '/b'])
    expect(bad).toEqual([[2, 'is not shorter than 1.00 KiB']])
    expect(reader.buffer.length).toBeLessThan(8192)
  })

  it('leaves out a body that is too long, and no other', () => {
    const long = Array.from({ length: 400 }, () => 'y'.repeat(100)).join('\n')
    const { reader, found, bad } = read(`/a\nshort\n/b\n${long}\n/c\nshort\n`, { lines: 'url-and-body' })
    expect(found.map(({ url }) => url)).toEqual(['/a', '/c'])
    expect(bad).toEqual([[3, 'has a body that is not shorter than 16.0 KiB']])
    expect(reader.buffer.length).toBeLessThan(65_536)
  })

  it('refuses bodies that are not base64', () => {
    const { found, bad } = read('/a\naGVs\nbG8=\n/b\n{}\n/c\nabc\n', { lines: 'url-and-body', base64: true })
    expect(found.map(({ url }) => url)).toEqual(['/a'])
    expect(bad).toEqual([
      [4, 'has a body that is not base64'],
      [6, 'has a body in base64 that is not whole'],
    ])
  })

  it('survives any bytes', () => {
    const random = createRandom({ seed: 'bytes', path: [], repeat: 0, stream: 'main', purpose: 'test' })
    for (let round = 0; round < 40; round++) {
      const content = Uint8Array.from({ length: 2000 }, () =>
        random.int(6) === 0 ? 10 : random.int(3) === 0 ? 47 : random.int(256),
      )
      for (const lines of ['url', 'url-and-body', 'body'] as const) {
        const { found, bad } = read(content, { lines, block: 1 + random.int(200) })
        if (lines === 'url') {
          const rows = Buffer.from(content)
            .toString('latin1')
            .split('\n')
            .map((row) => row.replace(/\r$/, ''))
          const good = rows.filter((row) => /^\/[\x21-\x7e]*$/.test(row))
          expect(found.map(({ url }) => url)).toEqual(good)
          expect(bad).toHaveLength(rows.filter((row) => row !== '').length - good.length)
        }
        for (const { url } of found) expect(url).toMatch(/^(\/[\x21-\x7e]*)?$/)
      }
    }
  })
})
