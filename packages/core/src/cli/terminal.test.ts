import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { PluginError } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatError } from './terminal.ts'

it('an error is what happened, what was seen, and what to do; what others say controls no terminal', () => {
  const error = new ServebenchError('SERVEBENCH_X', 'It has ended.', {
    detail: 'loading\n\u001b[2Jout of memory\n',
    advice: 'Give it more.',
  })
  for (const each of [error, new PluginError('theirs', 'launch', error)]) {
    const shown = stripVTControlCharacters(formatError(each)).split('\n')
    expect([shown[0], shown[1], shown.at(-1)]).toEqual([
      'Error SERVEBENCH_X  It has ended.',
      'loading',
      '→ Give it more.',
    ])
    expect(formatError(each)).not.toContain('\u001b[2J')
  }
})
