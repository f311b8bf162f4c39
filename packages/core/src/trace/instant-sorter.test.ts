import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import { Random } from '../stats/prng.ts'
import { InstantSorter } from './instant-sorter.ts'

it.each([0, 1, 7, 99, 100, 101, 1000, 12_345])('sorts %i instants in chunks of 100', (count) => {
  using project = temporaryProject()
  const random = new Random([1, 2, 3, count])
  const instants = Array.from({ length: count }, () => Math.floor(random.next() * 1000) - 500)
  {
    using sorter = new InstantSorter(join(project.root, 'sorted'), 100)
    for (const instant of instants) sorter.add(instant)
    expect([...sorter.sorted()]).toEqual(instants.toSorted((a, b) => a - b))
    expect(sorter.outOfOrder).toBe(
      instants.filter((instant, index) => index > 0 && instant < (instants[index - 1] as number)).length,
    )
  }
  expect(readdirSync(project.root)).toEqual([])
})

it('is read in part and then left', () => {
  using project = temporaryProject()
  {
    using sorter = new InstantSorter(join(project.root, 'sorted'), 10)
    for (let index = 100; index > 0; index--) sorter.add(index)
    for (const instant of sorter.sorted()) if (instant > 5) break
  }
  expect(readdirSync(project.root)).toEqual([])
})
