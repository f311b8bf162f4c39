import { expect, it } from 'vitest'
import { undoSteps } from './undo-steps.ts'

it('takes back what it can, the newest step first, and says what it cannot', async () => {
  const taken: string[] = []
  const failures = await undoSteps<string>(['a', { b: 'x'.repeat(500) }, 'stuck', 'c'], {
    url: 'http://h',
    read: (value) => (typeof value === 'string' ? value : null),
    async takeBack(step) {
      if (step === 'stuck') throw new Error('it is busy')
      taken.push(step)
    },
    describe: (step) => `the change '${step}'`,
  })
  expect(taken).toEqual(['c', 'a'])
  expect(failures).toEqual([
    "At http://h, the change 'stuck' could not be taken back: it is busy",
    expect.stringMatching(/^A step that is not known cannot be taken back: \{"b":"x{194}$/),
  ])
})
