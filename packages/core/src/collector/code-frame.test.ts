import { expect, it } from 'vitest'
import { codeFrame, positionAt } from './code-frame.ts'

const TEXT = ['one', 'two', '\tthree(boom)', 'four', 'five', 'six'].join('\n')

it('shows two lines around the place, and marks the column under tabs too', () => {
  expect(codeFrame(TEXT, 3, 8)).toBe(
    ['  1 | one', '  2 | two', '> 3 | \tthree(boom)', '    | \t      ^', '  4 | four', '  5 | five'].join(
      '\n',
    ),
  )
})

it('stops at the ends of the text', () => {
  expect(codeFrame(TEXT, 1, 1)).toBe(['> 1 | one', '    | ^', '  2 | two', '  3 | \tthree(boom)'].join('\n'))
  expect(codeFrame(TEXT, 6, 4)).toContain('> 6 | six\n    |    ^')
})

it('cuts lines that are too long to show', () => {
  const frame = codeFrame('x'.repeat(5000), 1, 4000)
  expect(frame.length).toBeLessThan(200)
})

it.each([
  [0, 1, 1],
  [3, 1, 4],
  [4, 2, 1],
  [10, 3, 3],
])('finds offset %d at %d:%d', (offset, line, column) => {
  expect(positionAt(TEXT, offset)).toEqual({ line, column })
})
