import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseLogLine } from './log-line.ts'
import { LogReader } from './log-reader.ts'
import { RequestTimes } from './request-times.ts'
import { countPrometheus } from './server-counters.ts'

// All lines are those of a TorchServe 0.12.0.
const IDS = [
  '6d28e21b-e23f-4407-81a3-1f6e9313efb3',
  'd909eab7-2239-466d-909d-c0d8a3966c69',
  '1d8f31a0-cceb-463d-8b44-1152ac50adf1',
]
const PREDICTION = (ids: readonly string[], ms = 1.36): string =>
  `2026-11-22T12:08:51,153 - PredictionTime.ms:${ms}|#ModelName:base,Level:Model|#hostname:vm,requestID:${ids.join()},timestamp:1795349331`
const QUEUE = (us: number): string =>
  `2026-11-22T12:08:51,136 - ts_queue_latency_microseconds.Microseconds:${us}|#model_name:base,model_version:default|#hostname:vm,timestamp:1795349331`
const INFERENCE = (us: number): string =>
  `2026-11-22T12:08:51,136 - ts_inference_latency_microseconds.Microseconds:${us}|#model_name:base,model_version:default|#hostname:vm,timestamp:1795349331`
const REQUEST =
  '2026-11-22T12:08:50,925 - ts_inference_requests_total.Count:1.0|#model_name:base,model_version:default|#hostname:vm,timestamp:1795349330'
const OK = '2026-11-22T12:08:51,136 - Requests2XX.Count:1.0|#Level:Host|#hostname:vm,timestamp:1795349331'
const WORKER =
  '2026-11-22T12:08:51,152 - WorkerThreadTime.Milliseconds:26.0|#Level:Host|#hostname:vm,timestamp:1795349331'
const REPEATED =
  '2026-11-22T12:08:51,136 [INFO ] W-9000-base_1.0 TS_METRICS - Requests2XX.Count:1.0|#Level:Host|#hostname:vm,timestamp:1795349331'
const PROFILE = `2026-11-22T12:08:51,137 [INFO ] W-9000-base_1.0-stdout org.pytorch.serve.wlm.WorkerLifeCycle - result=[METRICS]ts_handler_preprocess.Milliseconds:0.2727508544921875|#ModelName:base,Level:Model|#type:GAUGE|#hostname:vm,1795349331,${IDS.join()}, pattern=[METRICS]`

describe('a Prometheus endpoint', () => {
  it('is counted by model, all its versions together', () => {
    const text = `# HELP Requests2XX Torchserve prometheus counter metric with unit: Count
# TYPE Requests2XX counter
Requests2XX{Level="Host",Hostname="vm",} 5.0
ts_inference_requests_total{model_name="slow",model_version="default",hostname="vm",} 4.0
ts_inference_requests_total{model_name="slow",model_version="2.0",hostname="vm",} 1.0
ts_inference_latency_microseconds{model_name="slow",model_version="default",hostname="vm",} 78459.5
ts_queue_latency_microseconds{model_name="slow",model_version="default",hostname="vm",} NaN
ts_queue_latency_microseconds{model_name="slow",model_version="2.0",hostname="vm",} 0.25
`
    const { models, answers } = countPrometheus(text)
    expect(models.get('slow')).toEqual({
      requests: 5,
      inferenceNs: 78_459_500,
      queueNs: 250,
      batches: new Map(),
    })
    expect(answers).toEqual({ '2xx': 5, '4xx': 0, '5xx': 0 })
  })
})

describe('a line of a log', () => {
  it('names the requests of its batch', () => {
    expect(parseLogLine(PREDICTION(IDS))).toEqual({
      name: 'PredictionTime',
      value: 1.36,
      labels: { ModelName: 'base', Level: 'Model' },
      requestIds: IDS,
    })
    expect(parseLogLine(PROFILE)).toMatchObject({
      name: 'ts_handler_preprocess',
      value: 0.2727508544921875,
      requestIds: IDS,
    })
    expect(parseLogLine(QUEUE(20308.921))).toMatchObject({ value: 20308.921, requestIds: [] })
  })

  it.each([
    '',
    'text',
    `${PREDICTION(IDS)} and more|x`,
    ' - a.b:1e|#|#hostname:x',
    PREDICTION(IDS).repeat(1000),
  ])('is none: %#', (line) => {
    expect(parseLogLine(line)).toBeNull()
  })
})

describe('LogReader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ts-logs-'))
  afterEach(() => {
    for (const file of ['ts_metrics.log', 'model_metrics.log', 'ts_log.log'])
      rmSync(join(folder, file), { force: true })
  })
  const write = (file: string, ...lines: readonly string[]): void =>
    appendFileSync(join(folder, file), lines.map((line) => `${line}\n`).join(''))

  it('counts all there is, and gives the times of what is new', async () => {
    const reader = new LogReader(folder)
    expect((await reader.read()).models.size).toBe(0)
    write(
      'ts_metrics.log',
      REQUEST,
      REQUEST,
      REQUEST,
      QUEUE(100),
      QUEUE(200),
      QUEUE(300),
      INFERENCE(1000),
      OK,
      OK,
      OK,
      WORKER,
    )
    write('model_metrics.log', PREDICTION(IDS, 2))
    write('ts_log.log', PROFILE, PROFILE, REPEATED)
    const { models, answers } = await reader.read()
    expect(models.get('base')).toEqual({
      requests: 3,
      inferenceNs: 1e6,
      queueNs: 600_000,
      batches: new Map([[3, { count: 1, ns: 2e6 }]]),
    })
    expect(answers).toEqual({ '2xx': 3, '4xx': 0, '5xx': 0 })
    const times = reader.times.get('base') as RequestTimes
    expect([times.count('prediction'), times.mean('prediction')]).toEqual([3, 2e6])
    expect([times.count('queue'), times.percentile('queue', 50)]).toEqual([3, 200_000])
    // The server writes lines of profiles twice.
    expect(times.count('preprocess')).toBe(3)
    expect(reader.times.get('')?.mean('worker')).toBe(26e6)

    write('model_metrics.log', PREDICTION(IDS.slice(0, 1), 4))
    const again = await reader.read()
    expect(again.models.get('base')?.batches.get(1)).toEqual({ count: 1, ns: 4e6 })
    expect(reader.times.get('base')?.mean('prediction')).toBe(4e6)
  })

  it('waits for the end of a line', async () => {
    const reader = new LogReader(folder)
    const path = join(folder, 'ts_metrics.log')
    writeFileSync(path, OK.slice(0, 40))
    expect((await reader.read()).answers['2xx']).toBe(0)
    appendFileSync(path, `${OK.slice(40)}\n`)
    expect((await reader.read()).answers['2xx']).toBe(1)
  })

  it('begins anew with a file that has been rolled over', async () => {
    const reader = new LogReader(folder)
    write('ts_metrics.log', OK, OK, OK)
    await reader.read()
    writeFileSync(join(folder, 'ts_metrics.log'), `${OK}\n`)
    expect((await reader.read()).answers['2xx']).toBe(4)
  })
})

describe('RequestTimes', () => {
  it('counts a batch for each of its requests', () => {
    // Two full batches of four and eight requests alone: the median request is one that was alone.
    const times = new RequestTimes()
    times.add('prediction', 10, 4)
    times.add('prediction', 10, 4)
    for (let count = 0; count < 9; count++) times.add('prediction', 2, 1)
    expect(times.percentile('prediction', 50)).toBe(2)
    expect(times.percentile('prediction', 60)).toBe(10)
    expect(times.mean('prediction')).toBeCloseTo(98 / 17)
    expect(times.percentile('handler', 50)).toBeNull()
  })
})
