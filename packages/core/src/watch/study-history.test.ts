import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../test/result-fixture.ts'
import { plannedStudy, simulate, type SimulatedServer } from '../../test/support/study.ts'
import type { CollectedScenario } from '../collector/collect-scenario.ts'
import type { PlannedStudy } from '../plan/study/study-planner.ts'
import type { RunResult } from '../report/result.ts'
import type { StudyResult } from '../report/study/study-result.ts'
import { NO_IMPACT, scenarioKey } from './impact.ts'
import { selectScenarios } from './selection.ts'
import { findStudyChanges, renderStudyChanges } from './study-change.ts'
import { StudyHistory } from './study-history.ts'
import type { Order } from './watch-state.ts'

const MS = 1e6
const server: SimulatedServer = ({ instances }) => ({
  throughput: 100 * Number(instances),
  latency: (10 * MS) / Number(instances),
})
const OPTIONS = {
  space: { instances: [1, 2] },
  load: { load: 'closed', concurrency: 4 },
  confirm: { rounds: 2 },
}

/** A study as it is collected, with the cases of its configurations. */
function collected(study: PlannedStudy): CollectedScenario {
  if ('open' in study.cases) throw new Error('Its cases are known.')
  const { file, path, plan, points, cases } = study
  return {
    file,
    path,
    line: 1,
    digest: 'd',
    tags: [],
    only: false,
    cases,
    deferred: null,
    study: { plan, points },
  }
}

/** A run whose only study has come to this. */
function runOf(study: StudyResult, run = 'run'): RunResult {
  const result = resultFixture([])
  return { ...result, run: { ...result.run, id: run }, studies: [study] }
}

const measure = async (options: Record<string, unknown>, run?: string): Promise<StudyResult> =>
  (await simulate(plannedStudy(options), server, run === undefined ? {} : { run })).result

describe('StudyHistory', () => {
  it('knows a study that would measure just what it has measured', async () => {
    const history = new StudyHistory()
    const study = collected(plannedStudy(OPTIONS))
    expect(history.isCurrent(study)).toBe(false)
    history.ask([study])
    expect(history.isCurrent(study)).toBe(false)
    history.add(runOf(await measure(OPTIONS)))
    expect(history.isCurrent(study)).toBe(true)
    expect(history.isCurrent(collected(plannedStudy({ ...OPTIONS, budget: 2 })))).toBe(false)
    expect(history.isCurrent(collected(plannedStudy({ ...OPTIONS, duration: '9s' })))).toBe(false)
    const wider = plannedStudy({ ...OPTIONS, space: { instances: [1, 2, 4] } })
    expect(history.isCurrent(collected(wider))).toBe(false)
    expect(history.isCurrent({ ...study, path: ['another'] })).toBe(false)
  })

  it('does not trust functions, which may have changed unseen', async () => {
    const history = new StudyHistory()
    const study = collected(plannedStudy(OPTIONS))
    const { file, digest, path } = study
    const check = { file, digest, path, case: {}, option: 'check' }
    const called = {
      ...study,
      cases: study.cases.map((one) => ({
        ...one,
        trial: {
          ...one.trial,
          streams: Object.fromEntries(
            Object.entries(one.trial.streams).map(([name, stream]) => [name, { ...stream, check }]),
          ),
        },
      })),
    }
    history.ask([called])
    history.add(runOf(await measure(OPTIONS)))
    expect(history.isCurrent(called)).toBe(false)
  })

  it('counts what did not come to a result as failed, until it does', async () => {
    const history = new StudyHistory()
    const study = collected(plannedStudy(OPTIONS))
    history.ask([study])
    const good = await measure(OPTIONS)
    history.add(runOf({ ...good, state: 'running', outcome: 'interrupted' }))
    expect(history.failedScenarios).toEqual(new Set([scenarioKey(study)]))
    expect(history.isCurrent(study)).toBe(false)
    expect(history.last(good)).toBeNull()
    history.add(runOf(good))
    expect(history.failedScenarios.size).toBe(0)
    expect(history.last(good)).toBe(good)
    history.add(runOf({ ...good, outcome: 'infeasible' }))
    expect(history.failedScenarios.size).toBe(1)
    history.add(runOf({ ...good, outcome: 'failed' }))
    expect(history.isCurrent(study)).toBe(false)
  })

  it('keeps the plans of studies whose cases only a run knows', async () => {
    const history = new StudyHistory()
    const study = collected(plannedStudy(OPTIONS))
    const trial = { ...trialFixture(), file: study.file, path: study.path }
    const result = { ...runOf(await measure(OPTIONS)), trials: [trial] }
    history.ask([study])
    history.add(result)
    expect(history.plans).toEqual([])
    history.ask([{ ...study, cases: [], deferred: { skip: null } as CollectedScenario['deferred'] }])
    history.add(result)
    // A run that takes everything over tells no plan.
    history.add({ ...result, trials: [] })
    expect(history.plans).toEqual([trial.plan])
  })

  it('lets a session choose: what has changed, what failed, everything', async () => {
    const history = new StudyHistory()
    const study = collected(plannedStudy(OPTIONS))
    const other = { ...study, path: ['other'] }
    history.ask([study, other])
    const good = await measure(OPTIONS)
    history.add(runOf(good))
    const chosen = (scope: Order['scope']): readonly string[] =>
      selectScenarios(
        [study, other],
        { scope, impact: { ...NO_IMPACT, files: new Set(['/p/a.bench.ts']) } },
        history,
        '/p',
      ).scenarios.map(({ path }) => path.join())
    expect(chosen('affected')).toEqual(['other'])
    expect(chosen('all')).toEqual(['tuned', 'other'])
    expect(chosen('anew')).toEqual(['tuned', 'other'])
    expect(chosen('failed')).toEqual([])
    history.add(runOf({ ...good, outcome: 'infeasible' }))
    expect(chosen('failed')).toEqual(['tuned'])
  })
})

describe('changes of studies', () => {
  it('shows what was best before and what is now, and how much was measured for it', async () => {
    const history = new StudyHistory()
    const first = runOf(await measure(OPTIONS, 'one'), 'one')
    expect(findStudyChanges(history, first)).toEqual([])
    expect(renderStudyChanges([], { colors: false, columns: 80 })).toBe('')
    history.add(first)
    const wider = await measure({ ...OPTIONS, space: { instances: [1, 2, 4] } }, 'two')
    const measurements = wider.measurements.map((one, index) => (index < 2 ? { ...one, run: 'one' } : one))
    const changes = findStudyChanges(history, runOf({ ...wider, measurements }, 'two'))
    const text = renderStudyChanges(changes, { colors: false, columns: 80 })
    expect(text.split('\n')).toEqual([
      '',
      'Change against the previous run',
      '  tuned',
      expect.stringMatching(/^ {4}best before: instances=2 · 200\/s · p99 [\d.]+ ms$/),
      expect.stringMatching(/^ {4}best now: instances=4 · 400\/s · p99 [\d.]+ ms$/),
      `    ${measurements.length - 2} measured, 2 taken over`,
      '',
    ])
    const same = renderStudyChanges(findStudyChanges(history, first), { colors: false, columns: 80 })
    expect(same).toContain('best now: instances=2')
  })

  it('says what came out where nothing is best', async () => {
    const history = new StudyHistory()
    const good = await measure(OPTIONS)
    history.add(runOf(good))
    const none = await measure({ ...OPTIONS, minThroughput: 1e6 })
    const text = renderStudyChanges(findStudyChanges(history, runOf(none)), { colors: false, columns: 40 })
    expect(text).toContain('best now: none (infeasible)')
    expect(findStudyChanges(history, runOf({ ...good, state: 'running' }))).toEqual([])
  })
})
