import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plannedStudy, simulate, type SimulatedServer } from '../../../test/support/study.ts'
import { labelled } from '../../dsl/labelled.ts'
import type { ServerPlan } from '../trial-plan.ts'
import { StudyStore } from '../../report/study/study-store.ts'
import type { PointValues } from './space.ts'

const MS = 1e6
const RIGHT: Record<string, number> = { fp32: 98, fp16: 97, int8: 60 }
const server: SimulatedServer = (values) => ({
  throughput: { fp32: 100, fp16: 150, int8: 200 }[String(values['precision'])] ?? 0,
  latency: MS,
  right: RIGHT[String(values['precision'])] ?? 0,
})
/** Each precision and number of instances is another state of one process. */
const served = ({ precision, instances }: PointValues): ServerPlan => ({
  kind: 'x',
  package: 'p',
  launch: {},
  state: { precision: String(precision), instances: Number(instances) },
})
const OPTIONS = {
  space: { precision: ['fp32', 'fp16', 'int8'], instances: [1, 2] },
  input: { text: 'a' },
  loads: { concurrency: [1, 2] },
  quality: labelled({ labels: ['a'] }),
  ablation: false,
}

function folder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'quality-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
const storeIn = (path: string): StudyStore =>
  new StudyStore(path, 'x', { accepts: (line) => typeof line === 'object', warn: () => {} })

describe('quality from labelled samples', () => {
  it('is found out once for each state of a server, and known of all its measurements', async () => {
    const { plans, result } = await simulate(plannedStudy(OPTIONS, served), server)
    const asked = plans.filter(({ quality }) => quality !== undefined)
    expect(asked.map(({ case: { precision, instances } }) => `${precision} ${instances}`)).toEqual([
      'fp32 1',
      'fp32 2',
      'fp16 1',
      'fp16 2',
      'int8 1',
      'int8 2',
    ])
    for (const { metrics, configuration, intervals } of result.measurements) {
      expect(metrics['quality']).toBe((RIGHT[String(configuration['precision'])] as number) / 100)
      expect(intervals['quality']?.[0]).toBeLessThan(metrics['quality'] as number)
    }
  })

  it('is shared across axes that cannot change answers', async () => {
    const quality = labelled({ labels: ['a'], across: 'instances' })
    const { plans } = await simulate(plannedStudy({ ...OPTIONS, quality }, served), server)
    const asked = plans.filter((plan) => plan.quality !== undefined)
    expect(asked.map(({ case: { precision } }) => precision)).toEqual(['fp32', 'fp16', 'int8'])
  })

  it('is found out again when a model file holds something else', async () => {
    using results = folder()
    const run = (digest: string): ReturnType<typeof simulate> =>
      simulate(plannedStudy(OPTIONS, served), server, {
        store: storeIn(results.path),
        contents: ({ precision }): Record<string, string> =>
          precision === 'int8' ? { 'int8.onnx': digest } : {},
      })
    const asked = ({ plans }: Awaited<ReturnType<typeof simulate>>): unknown[] =>
      plans.filter(({ quality }) => quality !== undefined).map(({ case: { precision } }) => precision)
    await run('old')
    expect(asked(await run('old'))).toEqual([])
    expect(asked(await run('new'))).toEqual(['int8', 'int8'])
  })

  it('keeps out what is below a limit, whatever its throughput', async () => {
    const study = plannedStudy({ ...OPTIONS, constraints: { quality: { min: 0.9 } } }, served)
    const { result } = await simulate(study, server)
    const feasible = result.points.filter((point) => point.feasible)
    expect(new Set(feasible.map(({ configuration }) => configuration['precision']))).toEqual(
      new Set(['fp32', 'fp16']),
    )
    const best = result.points.find(({ id }) => id === result.best[0])
    expect(best?.configuration['precision']).toBe('fp16')
    const missed = result.measurements.find(({ configuration }) => configuration['precision'] === 'int8')
    expect(missed?.terms).toMatchObject([{ term: 'quality.min', limit: 0.9, measured: 0.6, verdict: 'fail' }])
    expect(missed?.overloaded).toBe(false)
    const kept = result.measurements.find(({ configuration }) => configuration['precision'] === 'fp16')
    // 97 of 100 may be less than 95 %.
    expect(kept?.terms[0]).toMatchObject({ verdict: 'pass' })
  })

  it('names the nearest when none is good enough', async () => {
    const study = plannedStudy({ ...OPTIONS, constraints: { quality: { min: 0.99 } } }, served)
    const { result } = await simulate(study, server)
    expect(result.outcome).toBe('infeasible')
    expect(result.message).toContain('precision=fp32')
    expect(result.message).toContain('quality.min 0.98 where the limit is 0.99 (−1.01 %)')
  })

  it('makes no winner of a difference that the samples do not show, and one of a difference that they do', async () => {
    const quality = labelled({ labels: ['a'], across: 'instances' })
    const options = { ...OPTIONS, loads: undefined, load: { load: 'closed', concurrency: 1 }, quality }
    const space = { precision: ['int8', 'fp16', 'fp32'] }
    const near = { ...options, space, objective: 'quality', quality: labelled({ labels: ['a'] }) }
    const tie = await simulate(plannedStudy(near, served), server)
    expect(tie.result.outcome).toBe('tie')
    expect(tie.result.best).toHaveLength(2)
    const gained = tie.result.points.find(({ id }) => id === tie.result.best[0])
    // Of the default, int8: 0.98 − 0.60.
    expect(gained?.gain).toBeCloseTo(0.38, 6)
    const far = { ...near, space: { precision: ['int8', 'fp32'] } }
    expect((await simulate(plannedStudy(far, served), server)).result.outcome).toBe('winner')
  })

  it('is known from earlier runs, as long as nothing that answers is another one', async () => {
    using results = folder()
    const options = { ...OPTIONS, confirm: { rounds: 0 } }
    const first = await simulate(plannedStudy(options, served), server, { store: storeIn(results.path) })
    const more = { ...options, loads: { concurrency: [1, 2, 4] } }
    const wider = await simulate(plannedStudy(more, served), server, { store: storeIn(results.path) })
    expect(wider.plans.length).toBeGreaterThan(0)
    expect(wider.plans.some(({ quality }) => quality !== undefined)).toBe(false)
    const stricter = { ...options, constraints: { quality: { min: 0.9 } } }
    const limited = await simulate(plannedStudy(stricter, served), server, { store: storeIn(results.path) })
    expect(limited.plans).toEqual([])
    expect(limited.result.points.filter(({ feasible }) => !feasible)).toHaveLength(2)
    const other = { ...options, quality: labelled({ labels: ['b'] }) }
    const asked = await simulate(plannedStudy(other, served), server, { store: storeIn(results.path) })
    // The first load of each configuration finds out what is then known of the others.
    expect(asked.plans).toHaveLength(6)
    expect(asked.plans.every(({ quality }) => quality !== undefined)).toBe(true)
    expect(asked.result.notes.join()).toContain('6 measurements are made again: the quality of the answers')
    expect(first.result.measurements).toHaveLength(asked.result.measurements.length)
  })

  it('is not taken over from another machine', async () => {
    using results = folder()
    const options = { ...OPTIONS, confirm: { rounds: 0 } }
    await simulate(plannedStudy(options, served), server, { store: storeIn(results.path), trials: 3 })
    const file = join(results.path, 'x.ndjson')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"machine":"A"', '"machine":"Z"'))
    const { plans } = await simulate(plannedStudy(options, served), server, { store: storeIn(results.path) })
    expect(plans.filter(({ quality }) => quality !== undefined)).toHaveLength(6)
  })

  it('takes a known number as it is now', async () => {
    using results = folder()
    const known = (value: number) => ({ ...OPTIONS, quality: value, confirm: { rounds: 0 } })
    await simulate(plannedStudy(known(0.5), served), server, { store: storeIn(results.path) })
    const { plans, result } = await simulate(plannedStudy(known(0.6), served), server, {
      store: storeIn(results.path),
    })
    expect(plans).toEqual([])
    expect(result.measurements[0]?.metrics['quality']).toBe(0.6)
  })

  it.each([
    [{ quality: 'good' }, 'quality: expected a number or labelled({ input, metric }), not'],
    [{ quality: labelled({ metric: 'acuracy' as 'accuracy' }) }, 'quality.metric'],
    [{ quality: labelled({ labels: [] }) }, 'quality.labels: expected a list of classes or numbers'],
    [{ quality: labelled({ labels: [1, {} as string] }) }, 'quality.labels.1: expected a class'],
    [{ quality: labelled({ across: 'instanes' }) }, 'quality.across: the study has no axis'],
    [{ quality: labelled({ samples: 0 }) }, 'quality.samples'],
    [{ quality: labelled({ lables: [] } as object) }, 'quality.lables: there is no such option'],
    [{ quality: undefined, objective: 'quality' }, 'objective.quality: nothing says what the quality is'],
    [
      { quality: undefined, constraints: { quality: { min: 1 } } },
      'constraints.quality: nothing says what the quality is',
    ],
    [{ constraints: { quality: {} } }, 'constraints.quality: expected `min` or `max`.'],
    [{ constraints: { quality: { least: 1 } } }, 'constraints.quality.least'],
    [{ constraints: { quality: { min: '1' } } }, 'constraints.quality.min: expected a number'],
    [{ quality: labelled({ metric: 'mse' }), objective: 'quality' }, "{ quality: { better: 'lower' } }"],
  ])('is refused where it cannot be: %j', (options, message) => {
    expect(() => plannedStudy({ ...OPTIONS, ...options }, served)).toThrow(message)
  })
})
