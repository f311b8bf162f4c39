import { expect, it } from 'vitest'
import { parseServerUrl, withPort } from '../units/server-url.ts'
import { readOption, refuseUnknown } from './check-options.ts'
import type { Problem } from './validation-error.ts'

it('says which options are not known, where, and what may have been meant', () => {
  const problems: Problem[] = []
  refuseUnknown({ model: 1, modle: 2 }, ['model'], '', problems)
  refuseUnknown({ xyz: 1 }, ['model'], 'state.models', problems)
  expect(problems).toEqual([
    { path: 'modle', message: 'is no option.', suggestion: 'model' },
    { path: 'state.models.xyz', message: 'is no option.', suggestion: undefined },
  ])
})

it('goes on where an option cannot be read', () => {
  const problems: Problem[] = []
  const read = (text: string): string => parseServerUrl(text, 'http://h')
  expect(readOption('url', 'http://a:1/b//', read, '', problems)).toBe('http://a:1/b')
  expect(readOption('url', 'ftp://a', read, '', problems)).toBe('')
  expect(problems).toEqual([{ path: 'url', message: "must be a URL such as http://h, not 'ftp://a'." }])
})

it('finds the other ports of a host', () => {
  expect(withPort('https://user@[::1]:8000/path', '8001')).toBe('https://[::1]:8001')
  expect(withPort('none', '8001')).toBe('none')
})
