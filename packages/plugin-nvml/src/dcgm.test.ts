import { parseMetricFamilies, parsePrometheus } from 'servebench/plugin'
import { MetricGauges } from 'servebench/session'
import { expect, it } from 'vitest'
import { dcgmMetrics } from './dcgm.ts'

/** As the exporter answers, shortened. */
const PAGE = `# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).
# TYPE DCGM_FI_DEV_SM_CLOCK gauge
DCGM_FI_DEV_SM_CLOCK{gpu="0",UUID="GPU-604ac76c",device="nvidia0",modelName="Tesla T4",Hostname="h"} 139
DCGM_FI_DEV_SM_CLOCK{gpu="1",UUID="GPU-704ac76c",device="nvidia1",modelName="Tesla T4",Hostname="h"} 585
# TYPE DCGM_FI_PROF_SM_ACTIVE gauge
DCGM_FI_PROF_SM_ACTIVE{gpu="1",UUID="GPU-704ac76c",device="nvidia1",modelName="Tesla T4",Hostname="h"} 0.25
`

it('gives what the exporter has, by GPU and in the units of NVML', () => {
  const families = parseMetricFamilies(PAGE)
  const metrics = new MetricGauges(dcgmMetrics({ gpus: [0, 1] }), families)
  const values = new Float64Array(metrics.gauges.length).fill(NaN)
  metrics.read(parsePrometheus(PAGE), values, 0)
  const found = metrics.gauges.flatMap(({ name, unit }, index) =>
    Number.isNaN(values[index]) ? [] : [[name, unit, values[index]]],
  )
  expect(found).toEqual([
    ['dcgm0.clock.sm', 'Hz', 139e6],
    ['dcgm1.clock.sm', 'Hz', 585e6],
    ['dcgm1.sm.active', '1', 0.25],
  ])
})

it('names the power that energy can rest on', () => {
  const { gauges } = new MetricGauges(dcgmMetrics(), new Map())
  expect(gauges.filter(({ power }) => power !== undefined)).toMatchObject([
    { name: 'dcgm0.power', unit: 'W', power: { scope: 'accelerator', method: 'instant' } },
  ])
})

it('gives every gauge a name of its own, unlike those of NVML', () => {
  const names = dcgmMetrics({ gpus: [0, 1] }).map(({ as }) => as)
  expect(new Set(names).size).toBe(names.length)
  expect(names.every((name = '') => /^dcgm\d\./.test(name))).toBe(true)
  expect(dcgmMetrics({ profiling: false }).map(({ metric }) => metric)).not.toContain(
    'DCGM_FI_PROF_SM_ACTIVE',
  )
})
