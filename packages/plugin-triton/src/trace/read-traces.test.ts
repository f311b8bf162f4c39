import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseTraces, readTraces } from './read-traces.ts'
import { traceTable } from './trace-tables.ts'

// As Triton 2.50 has written it, but for the third, which is the step of an ensemble.
const TEXT = `[{"id":1,"timestamps":[{"name":"HTTP_RECV_START","ns":37284630776914}]},{"id":1,"timestamps":[{"name":"HTTP_RECV_END","ns":37284630795952}]},{"id":1,"model_name":"slow","model_version":1,"request_id":"u1"},{"id":1,"timestamps":[{"name":"REQUEST_START","ns":37284630917764}]},{"id":1,"timestamps":[{"name":"QUEUE_START","ns":37284630926246}]},{"id":1,"timestamps":[{"name":"INFER_RESPONSE_COMPLETE","ns":37284721397321}]},{"id":1,"timestamps":[{"name":"HTTP_SEND_START","ns":37284721447456}]},{"id":1,"timestamps":[{"name":"HTTP_SEND_END","ns":37284721464842}]},{"id":1,"timestamps":[{"name":"COMPUTE_START","ns":37284633089481}]},{"id":1,"timestamps":[{"name":"COMPUTE_INPUT_END","ns":37284633250411}]},{"id":1,"timestamps":[{"name":"COMPUTE_OUTPUT_START","ns":37284721286516}]},{"id":1,"timestamps":[{"name":"COMPUTE_END","ns":37284721568767}]},{"id":1,"timestamps":[{"name":"REQUEST_END","ns":37284721588286}]},{"id":2,"model_name":"chain","model_version":1,"request_id":"u2"},{"id":2,"timestamps":[{"name":"REQUEST_START","ns":100},{"name":"REQUEST_END","ns":300}]},{"id":3,"model_name":"slow","model_version":1,"request_id":"u2","parent_id":2}]`

it('reads the stages of each request, whatever the order of its events', () => {
  expect(parseTraces(TEXT)).toEqual([
    {
      model: 'slow',
      requestId: 'u1',
      isInner: false,
      queue: 2_163_235,
      input: 160_930,
      infer: 88_036_105,
      output: 282_251,
      total: 90_479_557,
    },
    {
      model: 'chain',
      requestId: 'u2',
      isInner: false,
      queue: null,
      input: null,
      infer: null,
      output: null,
      total: 200,
    },
    {
      model: 'slow',
      requestId: 'u2',
      isInner: true,
      queue: null,
      input: null,
      infer: null,
      output: null,
      total: null,
    },
  ])
})

it('passes over what is no trace', () => {
  expect(parseTraces('[1,null,{"id":"x"},{"id":7,"timestamps":[{"name":"A","ns":"1"}]}]')).toEqual([])
  expect(parseTraces('{}')).toEqual([])
  expect(parseTraces('[{"id":1')).toBeNull()
})

it('reads no file that was not finished', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'traces-'))
  const path = join(folder, 'trace.json.0')
  writeFileSync(path, TEXT)
  expect(await readTraces(path)).toHaveLength(3)
  truncateSync(path, 1000)
  expect(await readTraces(path)).toBeNull()
  rmSync(folder, { recursive: true })
})

it('lists the stages by model', () => {
  expect(traceTable(parseTraces(TEXT) ?? []).rows).toEqual([
    ['slow', 'total', 1, 90_479_557, 90_479_557, 90_479_557, 90_479_557, 90_479_557],
    ['slow', 'queue', 1, 2_163_235, 2_163_235, 2_163_235, 2_163_235, 2_163_235],
    ['slow', 'input', 1, 160_930, 160_930, 160_930, 160_930, 160_930],
    ['slow', 'infer', 1, 88_036_105, 88_036_105, 88_036_105, 88_036_105, 88_036_105],
    ['slow', 'output', 1, 282_251, 282_251, 282_251, 282_251, 282_251],
    ['chain', 'total', 1, 200, 200, 200, 200, 200],
  ])
})
