import { expect, it } from 'vitest'
import { plannedStudy } from '../../../test/support/study.ts'
import { trialFixture } from '../../../test/result-fixture.ts'
import { measurePoint } from './measure-point.ts'

const { plan } = plannedStudy({ space: { instances: [1, 2] }, load: { load: 'closed', concurrency: 1 } })
const trial = trialFixture()

it('says why there is nothing when a server ran and answered no request', () => {
  const counts = { ...trial.counts, due: 100, completed: 0, failed: 98, timedOut: 2 }
  const said = {
    code: 'session',
    severity: 'note',
    message: 'One answer said: Prediction failed',
    advice: null,
  } as const
  const verdict = { ...trial.verdict, reasons: [said] }
  const { error } = measurePoint({ ...trial, counts, failures: { 'http-503': 98 }, verdict }, plan)
  expect(error?.code).toBe('SERVEBENCH_NO_ANSWERS')
  expect(error?.message.replaceAll('\u00a0', ' ')).toBe(
    'No request was answered: 100 of 100 (100 %): 98 http-503, 2 timed out.',
  )
  expect(error?.detail).toBe('One answer said: Prediction failed')
})

it('takes some failures for no error, and leaves an error as it is', () => {
  const counts = { ...trial.counts, completed: 1 }
  expect(measurePoint({ ...trial, counts }, plan).error).toBeNull()
  const error = { code: 'SERVEBENCH_SERVER_EXITED', message: 'It ended.', advice: null, detail: null }
  const none = { ...trial.counts, completed: 0 }
  expect(measurePoint({ ...trial, counts: none, error }, plan).error?.message).toBe('It ended.')
})

it('keeps the currency of costs', () => {
  expect(measurePoint(trial, plan)).not.toHaveProperty('currency')
  const cost = { perMonth: 48, perMillion: 2, currency: 'EUR' } as unknown as NonNullable<typeof trial.cost>
  const measured = measurePoint({ ...trial, cost }, plan)
  expect(measured).toMatchObject({ currency: 'EUR', metrics: { 'cost.perMonth': 48 } })
})
