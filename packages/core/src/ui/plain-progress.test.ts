import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { studyLeader, studyProgress } from '../../test/support/study-progress.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import { PlainProgress } from './plain-progress.ts'

function told(...studies: readonly StudyProgress[]): readonly string[] {
  let written = ''
  const progress = new PlainProgress((text) => (written += text))
  for (const study of studies) progress.study(study)
  return stripVTControlCharacters(written).split('\n').slice(0, -1)
}

const first = studyProgress({ leading: [], baseline: null, again: [], reused: 12 })
const best = studyProgress({ again: [{ why: 'models/a.onnx has another content', count: 3 }] })

it('says that a study begins, what it takes over, and what is best when that changes', () => {
  const other = studyLeader({ instances: 8 }, 900, { load: 32 })
  const better = studyProgress({ again: [], leading: [other, ...best.leading] })
  const calm = studyProgress({ again: [] })
  expect(told(first, calm, calm, better, better, calm)).toEqual([
    'Study a demo server > tuned: quick, at most 20 of 36 configurations',
    '  12 measurements taken over',
    '  best so far: instances=4,batch=8 at 16 users: 640/s, p99 23.0 ms, +540 % on the default',
    '  best so far: instances=8 at 32 users: 900/s, p99 23.0 ms, +800 % on the default',
    '  best so far: instances=4,batch=8 at 16 users: 640/s, p99 23.0 ms, +540 % on the default',
  ])
})

it('waits until all loads of a configuration are known', () => {
  const [leader] = best.leading
  const current = { point: leader?.point ?? '', name: 'x', load: 16, loadAt: 5, fidelity: 1 }
  const rising = studyProgress({ current, again: [] })
  expect(told(first, rising)).toEqual(told(first))
})

it('says why measurements are made again when it shows, and how many there were at the end', () => {
  const more = { why: 'the earlier ones are invalid', count: 1 }
  const again = [...best.again, more]
  const ended = studyProgress({ state: 'ended', current: null, again, reused: 15 })
  expect(told(first, best, best, studyProgress({ again }), ended)).toEqual([
    'Study a demo server > tuned: quick, at most 20 of 36 configurations',
    '  12 measurements taken over',
    '  measured again: models/a.onnx has another content',
    '  best so far: instances=4,batch=8 at 16 users: 640/s, p99 23.0 ms, +540 % on the default',
    '  measured again: the earlier ones are invalid',
    '  15 measurements taken over, 3 made again: models/a.onnx has another content, 1 made again: the earlier ones are invalid',
  ])
})

it('names the nearest where nothing keeps the constraints', () => {
  const leading = [studyLeader({ a: 1 }, 5, { feasible: false })]
  expect(told(first, studyProgress({ leading, again: [] }))[2]).toBe(
    '  nearest so far: a=1 at 16 users: 5.00/s, p99 23.0 ms, −95 % on the default, misses a constraint',
  )
})

it('says how many configurations there are where all are measured', () => {
  const grid = { ...first, search: 'grid', size: 20 } as const
  expect(told(grid)[0]).toBe('Study a demo server > tuned: grid, 20 configurations')
})

it('tells each of several studies from its beginning', () => {
  expect(told(first, { ...first, id: 'other', path: ['second'] })).toHaveLength(4)
})
