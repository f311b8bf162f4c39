import { expect, it } from 'vitest'
import { ASSUMED_SIZES } from '../../model/measure/assumed-sizes.ts'
import type { StaticReport } from '../static-report.ts'
import { noteAssumedSizes } from './assumed-sizes.ts'

const report = (model: string | null, ...notes: string[]): StaticReport =>
  ({ model, notes }) as unknown as StaticReport
const note = (sizes: string): string => `${ASSUMED_SIZES}: ${sizes}. Choose them, as with --dim S=128.`

it('names models and sizes once', () => {
  const reports = [
    report('bert', 'Something else.', note('S')),
    report('bert', note('S')),
    report(null, note('S, P')),
  ]
  expect(noteAssumedSizes(reports)).toEqual([
    'FLOP are for sizes of 1 where nobody said what is sent: bert (S), a model (S, P). Say it: static: { sizes: { … } }.',
  ])
})

it('has nothing to say of models whose sizes are known', () => {
  expect(noteAssumedSizes([report('mlp'), report('resnet', 'Files of weights are missing: a.')])).toEqual([])
})
