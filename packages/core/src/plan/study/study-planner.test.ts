import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plannedStudy, simulate, type SimulatedServer } from '../../../test/support/study.ts'
import { integers } from '../../dsl/study-axes.ts'
import type { ServerTuning } from '../../hooks/tuning.ts'
import { StudyStore } from '../../report/study/study-store.ts'
import type { StudyResult } from '../../report/study/study-result.ts'
import { applySettings } from './study-settings.ts'
import type { ReadyStudy } from './study-run.ts'

const MS = 1e6

const SPACE = { instances: [1, 2, 4], batch: [1, 8] }

/** Takes 100/s per instance and 60 % more with batches; beyond that users only wait. */
const server: SimulatedServer = (values, load) => {
  const capacity = 100 * Number(values['instances']) * (values['batch'] === 8 ? 1.6 : 1)
  const users = load ?? 8
  const throughput = Math.min(users * 50, capacity)
  return { throughput, latency: (users / throughput) * 1000 * MS * 0.2 }
}

const options = {
  space: SPACE,
  loads: { concurrency: [1, 2, 4, 8, 16, 32] },
  duration: '2s',
  warmup: '1s',
}

function nameOf(result: StudyResult, id: string | undefined): string | undefined {
  return result.points.find((point) => point.id === id)?.name
}

describe('StudyPlanner', () => {
  it('measures the default first, all others, and the leaders in turns', async () => {
    const { result, plans } = await simulate(plannedStudy(options), server, { noise: 0.005 })
    expect(plans[0]?.case).toEqual({ instances: 1, batch: 1, concurrency: 1 })
    expect(plans[0]?.study?.purpose).toBe('baseline')
    expect(new Set(plans.map(({ role }) => role))).toEqual(new Set(['study']))
    expect(new Set(plans.map(({ id }) => id)).size).toBe(plans.length)
    expect(result.points).toHaveLength(6)
    expect(result).toMatchObject({ outcome: 'winner', state: 'ended', size: 6, search: { strategy: 'grid' } })
    expect(nameOf(result, result.best[0])).toBe('instances=4,batch=8')
    expect(result.message).toContain('instances=4,batch=8 is best')
    const winner = result.points.find(({ id }) => id === result.best[0])
    expect(winner?.gain).toBeGreaterThan(5.2)
    expect(winner?.gain).toBeLessThan(5.6)
    expect(winner?.gainInterval?.[0]).toBeGreaterThan(5)
    const rounds = plans.filter(({ study }) => study?.purpose === 'confirm').map(({ study }) => study?.point)
    expect(rounds).toHaveLength(20)
    expect(rounds.slice(4, 8)).toEqual(rounds.slice(0, 4).toReversed())
    expect(result.leaders.map(({ rounds: count }) => count)).toEqual([5, 5, 5, 5])
  })

  it('ends a sweep where more load brings no more', async () => {
    const { plans } = await simulate(plannedStudy(options), server)
    const loads = plans
      .filter(
        ({ case: { instances, batch }, study }) => instances === 1 && batch === 1 && study?.round === null,
      )
      .map(({ case: { concurrency } }) => concurrency)
    // 50, 100, 100, 100, 100: from the second to the fifth there is no gain.
    expect(loads).toEqual([1, 2, 4, 8, 16])
  })

  it('keeps to a latency budget, and looks for the load at which it is used up', async () => {
    const study = plannedStudy({ ...options, latencyBudget: '40ms' })
    const { result, plans } = await simulate(study, server, { noise: 0.005 })
    const winner = result.points.find(({ id }) => id === result.best[0])
    const best = result.measurements[winner?.best ?? -1]
    expect(winner).toMatchObject({ name: 'instances=4,batch=8', feasible: true })
    expect(best?.metrics['responseTime.p99']).toBeLessThanOrEqual(40 * MS)
    // 23 ms at 16 users, 46 ms at 32: the boundary is in between.
    expect(best?.load).toBeGreaterThanOrEqual(16)
    expect(best?.load).toBeLessThan(32)
    expect(
      plans.some(({ case: { concurrency } }) => ![1, 2, 4, 8, 16, 32].includes(Number(concurrency))),
    ).toBe(true)
  })

  it('names the nearest when nothing keeps the constraints', async () => {
    const study = plannedStudy({ ...options, minThroughput: 5000 })
    const { result } = await simulate(study, server)
    expect(result.outcome).toBe('infeasible')
    expect(result.best).toEqual([])
    expect(result.message).toContain('instances=4,batch=8')
    expect(result.message).toContain('throughput 640 where the limit is 5000')
    expect(result.points.every(({ feasible, score }) => !feasible && score !== null)).toBe(true)
  })

  it('calls what chance sets apart a tie', async () => {
    const flat: SimulatedServer = () => ({ throughput: 500, latency: 5 * MS })
    const { result } = await simulate(
      plannedStudy({ ...options, loads: undefined, load: { load: 'closed', concurrency: 4 } }),
      flat,
      {
        noise: 0.05,
      },
    )
    expect(result.outcome).toBe('tie')
    expect(result.best.length).toBeGreaterThan(1)
    expect(result.message).toContain('chance')
  })

  it('records what fails with the end of its log, and goes on', async () => {
    const broken: SimulatedServer = (values, load) =>
      values['instances'] === 4
        ? { throughput: 0, latency: 0, failed: 'The server ended.' }
        : server(values, load)
    const { result } = await simulate(plannedStudy(options), broken, { noise: 0.005 })
    expect(nameOf(result, result.best[0])).toBe('instances=2,batch=8')
    const failed = result.points.filter(({ score }) => score === null)
    expect(failed.map(({ name }) => name)).toEqual(['instances=4,batch=1', 'instances=4,batch=8'])
    expect(failed[0]?.error).toMatchObject({ message: 'The server ended.', detail: 'line 1\nout of memory' })
  })

  it('climbs beside a server as it is, which is measured at all loads', async () => {
    const tuning: ServerTuning = {
      apply: (server, path, value) => ({ ...server, state: { ...server.state, [path]: value } }),
      concurrency: ({ state }) =>
        state['instances'] === undefined ? null : 2 * Number(state['instances']) * Number(state['batch']),
    }
    const server = { kind: 'x', package: 'p', launch: {}, state: {} }
    const planned = plannedStudy({
      server,
      settings: { instances: integers({ from: 1, to: 8 }), batch: [1, 2, 4, 8, 16, 32] },
      baseline: 'unchanged',
      loads: { concurrency: { from: 1, to: 512 } },
      search: 'quick',
    }) as ReadyStudy
    const { result, plans } = await simulate(applySettings(planned, tuning), ({ instances, batch }) => {
      // As its own configuration has it: not bad, and no value of the axes.
      const [count, rows] = instances === 'unchanged' ? [3, 3] : [Number(instances), Number(batch)]
      const capacity = 100 * Math.min(count, 5) * (rows <= 16 ? Math.sqrt(rows) : 3)
      return { throughput: capacity, latency: 5 * MS }
    })
    const first = plans.filter(({ study: step }) => step?.purpose === 'baseline')
    expect(first.length).toBeGreaterThan(1)
    expect(first.every(({ case: at }) => at['instances'] === 'unchanged')).toBe(true)
    const searched = plans.filter(({ study: step }) => step?.purpose === 'search')
    // By the rule for it, and not at all loads.
    expect(searched[0]?.case).toEqual({ instances: 1, batch: 1, concurrency: 2 })
    expect(new Set(searched.map(({ id }) => id)).size).toBe(searched.length)
    expect(
      searched.every(
        ({ case: at }) => at['concurrency'] === 2 * Number(at['instances']) * Number(at['batch']),
      ),
    ).toBe(true)
    const best = result.points.find(({ id }) => id === result.best[0])
    expect(best?.configuration).toMatchObject({ batch: 16 })
    expect(Number(best?.configuration['instances'])).toBeGreaterThanOrEqual(5)
  })

  it('gives up when nothing can be measured at all', async () => {
    const dead: SimulatedServer = () => ({ throughput: 0, latency: 0, failed: 'Nothing listens.' })
    const { result } = await simulate(plannedStudy(options), dead)
    expect(result.outcome).toBe('failed')
    expect(result.message).toBe('Nothing listens.')
    expect(result.points).toHaveLength(5)
    expect(result.notes.join()).toContain('none of the first 5 configurations')
  })

  it('says at once when what is aimed at cannot be measured', async () => {
    const study = plannedStudy({ ...options, objective: 'gauges.gpu.power' })
    const { result, plans } = await simulate(study, server)
    expect(result.outcome).toBe('failed')
    expect(result.message).toContain("'gauges.gpu.power'")
    expect(result.message).toContain('sampler')
    expect(new Set(plans.map(({ case: { instances, batch } }) => `${instances} ${batch}`)).size).toBe(1)
  })

  it('leaves out what is skipped, and tells why', async () => {
    const study = plannedStudy({
      ...options,
      space: { ...SPACE, device: ['cpu', 'gpu'] },
      skip: ({ device }: { device: string }) => device === 'gpu' && 'there is no GPU',
    })
    const { result, plans } = await simulate(study, server)
    expect(plans.every(({ case: { device } }) => device === 'cpu')).toBe(true)
    expect(result).toMatchObject({
      size: 6,
      skipped: [{ reason: 'there is no GPU', count: 6, values: { device: 'gpu' } }],
      plan: { baseline: { instances: 1, batch: 1, device: 'cpu' } },
      notes: [],
    })
    // The axis keeps its value: a column that is all one device says more than none.
    expect(result.plan.axes.find(({ name }) => name === 'device')?.values).toEqual(['cpu', 'gpu'])
  })

  it('has another default where the one that was meant is skipped', async () => {
    const study = plannedStudy({
      ...options,
      baseline: { instances: 4, batch: 8 },
      skip: ({ instances, batch }: { instances: number; batch: number }) =>
        instances === 4 ? 'four do not fit' : instances === 2 && batch === 1 && 'out of order',
    })
    const { result, plans } = await simulate(study, server)
    expect(plans[0]?.case).toMatchObject({ instances: 1, batch: 8 })
    expect(result.plan.baseline).toEqual({ instances: 1, batch: 8 })
    expect(result.notes).toEqual([
      'The default is instances=1,batch=8 here: instances=4,batch=8 was skipped.',
    ])
    expect(result.skipped).toEqual([
      { reason: 'out of order', count: 1, values: { instances: 2, batch: 1 } },
      { reason: 'four do not fit', count: 2, values: { instances: 4 } },
    ])
  })

  it('measures candidates whatever the search does', async () => {
    const study = plannedStudy({
      ...options,
      candidates: { 'the rule': { instances: 4 }, 'the same by another name': { instances: 4, batch: 1 } },
      search: { strategy: 'list', configurations: { other: { batch: 8 } } },
      ablation: false,
    })
    const { result } = await simulate(study, server)
    expect(result.points.map(({ name }) => name)).toEqual([
      'instances=1,batch=1',
      'instances=4,batch=1',
      'instances=1,batch=8',
    ])
  })

  it('keeps to a budget of configurations', async () => {
    const { result } = await simulate(plannedStudy({ ...options, budget: 3 }), server)
    // A change that the ablation looks at is none that the search chose.
    const explored = result.measurements.filter(
      ({ purpose }) => purpose === 'baseline' || purpose === 'search',
    )
    expect(new Set(explored.map(({ point }) => point)).size).toBe(3)
    expect(result.notes.join()).toContain('budget of 3 configurations')
  })

  it('keeps to a budget of time, and leaves time to compare the leaders', async () => {
    const { plans, result } = await simulate(plannedStudy({ ...options, budget: '70s' }), server)
    expect(plans.length).toBeLessThan(3 + 70 / 3)
    expect(result.notes.join()).toContain('time')
    expect(result.leaders.length).toBeGreaterThan(1)
  })

  it('sweeps the nearest when a budget is missed at the load of the search everywhere', async () => {
    const study = plannedStudy({
      ...options,
      load: { load: 'closed', concurrency: 64 },
      latencyBudget: '40ms',
      search: { strategy: 'quick', top: 2 },
    })
    const { result } = await simulate(study, server, { noise: 0.005 })
    const searched = result.measurements.filter(({ purpose }) => purpose === 'search')
    expect(searched.every(({ load, violation }) => load === 64 && violation > 0)).toBe(true)
    expect(nameOf(result, result.best[0])).toBe('instances=4,batch=8')
    const winner = result.points.find(({ id }) => id === result.best[0])
    expect(winner?.feasible).toBe(true)
    expect(result.measurements[winner?.best ?? -1]?.load).toBeLessThanOrEqual(32)
  })

  it('says so when the best is slower than a default that does not keep the constraints any more', async () => {
    let count = 0
    const { result } = await simulate(
      plannedStudy({
        space: { instances: [1, 2] },
        load: { load: 'closed', concurrency: 4 },
        latencyBudget: '40ms',
      }),
      ({ instances }) => {
        const isFirst = count++ === 0
        return {
          throughput: instances === 1 ? 200 : 100,
          latency: (instances === 1 && !isFirst ? 50 : 5) * MS,
        }
      },
      { noise: 0.005 },
    )
    expect(result.outcome).toBe('winner')
    expect(result.message).toMatch(
      /^instances=2 is best, throughput: gain −(50|49)[^:]* against the default: only it kept the constraints when/,
    )
  })

  it('weighs several aims by their gains against the default', async () => {
    const traded: SimulatedServer = (values) => ({
      throughput: 100 * Number(values['instances']),
      latency: 10 * MS * Number(values['instances']) * Number(values['instances']),
    })
    const base = {
      ...options,
      loads: undefined,
      load: { load: 'closed', concurrency: 4 },
      space: { instances: [1, 2, 4] },
    }
    const throughput = await simulate(
      plannedStudy({ ...base, objective: { throughput: 9, 'responseTime.p99': 1 } }),
      traded,
    )
    const latency = await simulate(
      plannedStudy({ ...base, objective: { throughput: 1, 'responseTime.p99': 9 } }),
      traded,
    )
    expect(nameOf(throughput.result, throughput.result.best[0])).toBe('instances=4')
    expect(nameOf(latency.result, latency.result.best[0])).toBe('instances=1')
    // All of them are the best of something.
    expect(throughput.result.points.map(({ pareto }) => pareto)).toEqual([true, true, true])
  })

  it('measures what each change does alone, and the pairs', async () => {
    const { plans, result } = await simulate(
      plannedStudy({
        ...options,
        loads: undefined,
        load: { load: 'closed', concurrency: 64 },
        search: { strategy: 'list', configurations: { all: { instances: 4, batch: 8 } } },
      }),
      server,
      { noise: 0.001 },
    )
    const ablated = plans
      .filter(({ study }) => study?.purpose === 'ablation')
      .map(({ case: values }) => values)
    expect(ablated).toEqual([
      { instances: 4, batch: 1 },
      { instances: 1, batch: 8 },
    ])
    expect(result.search.strategy).toBe('list')
  })

  it('groups configurations of one process', async () => {
    const study = plannedStudy(
      {
        ...options,
        loads: undefined,
        load: { load: 'closed', concurrency: 4 },
        confirm: { rounds: 0 },
        ablation: false,
      },
      ({ instances, batch }) => ({
        kind: 'x',
        package: 'p',
        launch: { batch: batch as number },
        state: { instances: instances as number },
      }),
    )
    const { plans } = await simulate(study, server)
    expect(plans.map(({ server: own }) => own?.launch['batch'])).toEqual([1, 1, 1, 8, 8, 8])
  })

  it('makes rounds again that were disturbed, and says so when too few were not', async () => {
    let count = 0
    const disturbed: SimulatedServer = (values, load) => ({
      ...server(values, load),
      invalid: count++ % 9 === 8,
    })
    const some = await simulate(plannedStudy(options), disturbed, { noise: 0.005 })
    expect(some.result.outcome).toBe('winner')
    expect(some.plans.filter(({ study }) => study?.purpose === 'confirm').length).toBeGreaterThan(20)
    const all = await simulate(plannedStudy(options), (values, load) => ({
      ...server(values, load),
      invalid: true,
    }))
    expect(all.result.outcome).toBe('unconfirmed')
    expect(all.result.message).toContain('too few of the rounds')
    expect(all.result.notes.join()).toContain('0 of 5 rounds were undisturbed')
  })

  it('is the same for the same seed', async () => {
    const study = (): ReturnType<typeof plannedStudy> =>
      plannedStudy({ ...options, search: { strategy: 'bayesian', fewest: 4, patience: 2 } })
    const [one, other] = [await simulate(study(), server), await simulate(study(), server)]
    expect(one.plans.map(({ id }) => id)).toEqual(other.plans.map(({ id }) => id))
  })
})

describe('the progress of a study', () => {
  it('tells what is measured, what is best by now, and how much is left', async () => {
    const study = plannedStudy({ ...options, latencyBudget: '40ms', budget: { time: '1h' } })
    const { told, plans, result } = await simulate(study, server, { noise: 0.005 })
    const [first] = told
    expect(first).toMatchObject({
      path: ['tuned'],
      state: 'running',
      phase: 'baseline',
      search: 'grid',
      size: 6,
      configurations: { at: 1, most: 6 },
      current: { name: 'instances=1,batch=1', load: 1, loadAt: 1, fidelity: 1 },
      baseline: null,
      leading: [],
      measured: 0,
      reused: 0,
      again: [],
      objectives: ['throughput'],
    })
    expect(first?.left.time).toBeGreaterThanOrEqual((first?.left.measurements ?? 0) * 3e9)
    // Before the first, after each, and before the next.
    expect(told.length).toBeGreaterThan(plans.length)
    expect(new Set(told.map(({ phase }) => phase))).toEqual(
      new Set(['baseline', 'search', 'ablation', 'confirm']),
    )
    const rounds = told.filter(({ round }) => round !== null)
    expect(rounds[0]?.round).toEqual({ at: 1, of: 5 })
    expect(rounds.at(-1)?.round).toEqual({ at: 5, of: 5 })
    const last = told.at(-1)
    expect(last).toMatchObject({ state: 'ended', current: null, measured: plans.length })
    expect(last?.left.measurements).toBe(0)
    expect(last?.leading[0]).toMatchObject({
      point: result.best[0],
      name: 'instances=4,batch=8',
      feasible: true,
    })
    expect(last?.leading[0]?.gain).toBeGreaterThan(3)
    expect(last?.baseline).toMatchObject({ point: result.baseline, gain: null, feasible: true })
    const gains = last?.leading.map(({ gain }) => gain ?? 0) ?? []
    expect(gains).toEqual(gains.toSorted((one, other) => other - one))
    for (const { left, configurations } of told) {
      expect(left.time).toBeLessThanOrEqual(left.budget as number)
      expect(configurations.at).toBeLessThanOrEqual(configurations.most)
    }
    const boundary = told.find(({ current }) => current?.loadAt === null)
    expect(boundary?.current?.load).not.toBeNull()
  })

  it('puts what misses a constraint behind, and says so', async () => {
    const { told } = await simulate(plannedStudy({ ...options, minThroughput: 250 }), server)
    const last = told.at(-1)
    const feasible = last?.leading.map((leader) => leader.feasible) ?? []
    expect(feasible).toContain(false)
    expect(feasible).toEqual(feasible.toSorted((one, other) => Number(other) - Number(one)))
    expect(last?.baseline?.feasible).toBe(false)
  })

  it('counts what was taken over, and says why the rest is measured', async () => {
    const path = mkdtempSync(join(tmpdir(), 'study-'))
    const store = (): StudyStore => new StudyStore(path, 'x', { accepts: () => true, warn: () => {} })
    await simulate(plannedStudy(options), server, { store: store() })
    const again = await simulate(plannedStudy(options), server, { store: store() })
    expect(again.told).toHaveLength(1)
    expect(again.told[0]).toMatchObject({ state: 'ended', measured: 0, again: [] })
    expect(again.told[0]?.reused).toBe(again.result.measurements.length)
    const other = await simulate(plannedStudy({ ...options, timeout: '9s' }), server, { store: store() })
    expect(other.told.at(-1)?.again).toEqual([
      { why: 'the options of the study are others', count: other.plans.length },
    ])
    rmSync(path, { recursive: true, force: true })
  })
})

describe('resuming a study', () => {
  function folder(): { path: string } & Disposable {
    const path = mkdtempSync(join(tmpdir(), 'study-'))
    return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
  }
  const storeIn = (path: string): StudyStore =>
    new StudyStore(path, 'x', { accepts: (line) => typeof line === 'object', warn: () => {} })

  it('goes on where a killed run ended, without measuring anything twice', async () => {
    using results = folder()
    const killed = await simulate(plannedStudy(options), server, { store: storeIn(results.path), trials: 9 })
    expect(killed.result.outcome).toBe('interrupted')
    expect(killed.result.measurements).toHaveLength(9)
    const rest = await simulate(plannedStudy(options), server, { store: storeIn(results.path) })
    const whole = await simulate(plannedStudy(options), server)
    expect(rest.plans).toHaveLength(whole.plans.length - 9)
    expect(rest.result.measurements.map(({ point, load }) => [point, load])).toEqual(
      whole.result.measurements.map(({ point, load }) => [point, load]),
    )
    expect(rest.result.notes.join()).toContain('9 measurements of earlier runs were taken over')
    const nothing = await simulate(plannedStudy(options), server, { store: storeIn(results.path) })
    expect(nothing.plans).toEqual([])
    expect(nothing.result.best).toEqual(rest.result.best)
  })

  it('begins anew where it is told to, and keeps what it measures', async () => {
    using results = folder()
    const warnings: string[] = []
    const fresh = (): StudyStore =>
      new StudyStore(results.path, 'x', { accepts: null, warn: (message) => warnings.push(message) })
    const first = await simulate(plannedStudy(options), server, { store: fresh() })
    const second = await simulate(plannedStudy(options), server, { store: fresh() })
    expect(second.plans).toHaveLength(first.plans.length)
    expect([...second.result.notes, ...warnings]).toEqual(first.result.notes)
    const { plans } = await simulate(plannedStudy(options), server, { store: storeIn(results.path) })
    expect(plans).toEqual([])
  })

  it('says why it measures again on another machine, and after a change of what is measured', async () => {
    using results = folder()
    await simulate(plannedStudy(options), server, { store: storeIn(results.path) })
    const other = await simulate(plannedStudy(options), server, {
      store: storeIn(results.path),
      environment: { machine: 'B' },
    })
    expect(other.plans.length).toBeGreaterThan(20)
    expect(other.result.notes.join()).toContain('machine A, now it is B')
    const longer = await simulate(plannedStudy({ ...options, duration: '3s' }), server, {
      store: storeIn(results.path),
    })
    expect(longer.plans.length).toBeGreaterThan(20)
    expect(longer.result.notes.join()).toContain('options of the study')
  })

  it('measures only what a wider space adds', async () => {
    using results = folder()
    await simulate(plannedStudy(options), server, { store: storeIn(results.path) })
    const wider = plannedStudy({
      ...options,
      space: { ...SPACE, instances: [1, 2, 4, 8] },
      confirm: { rounds: 0 },
    })
    const { plans } = await simulate(wider, server, { store: storeIn(results.path) })
    expect(new Set(plans.map(({ case: { instances } }) => instances))).toEqual(new Set([8]))
  })

  it('measures what the content of a file concerns, and the comparison of the best as a whole', async () => {
    using results = folder()
    const run = (name: string, digest: string): ReturnType<typeof simulate> =>
      simulate(plannedStudy(options), server, {
        store: storeIn(results.path),
        run: name,
        contents: ({ instances }): Record<string, string> =>
          instances === 4 ? { 'models/a.onnx': digest } : {},
      })
    const whole = await run('1', 'old')
    const changed = await run('2', 'new')
    const searched = changed.plans.filter(({ study }) => study?.purpose !== 'confirm')
    expect(searched.length).toBeGreaterThan(5)
    expect(new Set(searched.map(({ case: { instances } }) => instances))).toEqual(new Set([4]))
    expect(changed.plans.length - searched.length).toBe(20)
    expect(changed.result.notes).toContainEqual(
      expect.stringMatching(/^\d+ measurements are made again: models\/a\.onnx has another content\.$/),
    )
    expect(changed.result.notes.join()).toContain('compared with others in rounds')
    const back = await run('3', 'old')
    expect(back.plans).toEqual([])
    expect(back.result.measurements.filter(({ round }) => round !== null).map((one) => one.run)).toEqual(
      Array.from({ length: 20 }, () => '1'),
    )
    expect(back.result.best).toEqual(whole.result.best)
  })

  it('takes the newest of several measurements, and a round from one run', async () => {
    using results = folder()
    const measure = (run: string, fresh: boolean): ReturnType<typeof simulate> =>
      simulate(plannedStudy(options), server, {
        run,
        store: new StudyStore(results.path, 'x', {
          accepts: fresh ? null : () => true,
          warn: expect.unreachable,
        }),
      })
    await measure('1', false)
    await measure('2', true)
    const { result } = await measure('3', false)
    expect(new Set(result.measurements.map(({ run }) => run))).toEqual(new Set(['2']))
  })

  it('draws by chance as before, whatever the seed of the run', async () => {
    using results = folder()
    const study = plannedStudy({
      ...options,
      search: { strategy: 'random', count: 3 },
      confirm: { rounds: 0 },
    })
    const run = (seed: string): ReturnType<typeof simulate> =>
      simulate(study, server, { seed, searchSeed: 'same', store: storeIn(results.path) })
    expect((await run('a')).plans.length).toBeGreaterThan(5)
    expect((await run('b')).plans).toEqual([])
  })

  it('passes over a torn last line', async () => {
    using results = folder()
    await simulate(plannedStudy(options), server, { store: storeIn(results.path), trials: 4 })
    const file = join(results.path, 'x.ndjson')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.slice(0, -30))
    const { plans } = await simulate(plannedStudy(options), server, { store: storeIn(results.path) })
    const whole = await simulate(plannedStudy(options), server)
    expect(plans).toHaveLength(whole.plans.length - 3)
  })
})
