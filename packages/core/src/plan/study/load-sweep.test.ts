import { expect, it } from 'vitest'
import { LoadSweep, type LoadFinding } from './load-sweep.ts'

const OPTIONS = { values: [1, 2, 4, 8, 16, 32, 64], whole: true, refine: 5, gain: 0.05 }

function sweep(
  find: (load: number) => LoadFinding,
  options = OPTIONS,
): { loads: number[]; reason: string | null } {
  const one = new LoadSweep(options)
  const loads: number[] = []
  for (let load = one.next(); load !== null; load = one.next()) {
    loads.push(load)
    one.tell(load, find(load))
  }
  return { loads, reason: one.reason }
}

it('goes through all loads while each brings more', () => {
  const { loads, reason } = sweep((load) => ({ throughput: load, overloaded: false }))
  expect(loads).toEqual([1, 2, 4, 8, 16, 32, 64])
  expect(reason).toBeNull()
})

it('ends when the best of four loads is less than 5 % above the first of them', () => {
  const grows = (load: number): LoadFinding => ({ throughput: Math.min(100, 50 * load), overloaded: false })
  expect(sweep(grows).loads).toEqual([1, 2, 4, 8, 16])
  const slowly = (load: number): LoadFinding => ({ throughput: 100 + 2 * Math.log2(load), overloaded: false })
  // 100 to 106 over four loads is 6 %.
  expect(sweep(slowly).loads).toHaveLength(7)
})

it('a dip does not end it', () => {
  const dips = (load: number): LoadFinding => ({ throughput: load === 4 ? 1 : 10 * load, overloaded: false })
  expect(sweep(dips).loads).toHaveLength(7)
})

it('looks for the boundary between the last load that keeps the constraints and the first that does not', () => {
  const { loads, reason } = sweep((load) => ({ throughput: load, overloaded: load > 21 }))
  expect(loads).toEqual([1, 2, 4, 8, 16, 32, 23, 19, 21, 22])
  expect(reason).toBe('a constraint is missed')
})

it('makes as many steps towards the boundary as it may', () => {
  const find = (load: number): LoadFinding => ({ throughput: load, overloaded: load > 70 })
  const values = [1, 1000]
  const { loads } = sweep(find, { values, whole: true, refine: 3, gain: 0.05 })
  expect(loads).toHaveLength(2 + 3)
  expect(sweep(find, { values, whole: true, refine: 0, gain: 0.05 }).loads).toEqual(values)
})

it('does not part rates that are nearly equal', () => {
  const find = (load: number): LoadFinding => ({ throughput: load, overloaded: load > 102 })
  expect(sweep(find, { values: [100, 104], whole: false, refine: 5, gain: 0.05 }).loads).toEqual([100, 104])
})

it('ends at the first load when that is too much already, or nothing comes back', () => {
  expect(sweep(() => ({ throughput: 1, overloaded: true })).loads).toEqual([1])
  expect(sweep(() => ({ throughput: null, overloaded: false })).loads).toEqual([1])
})
