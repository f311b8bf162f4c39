import { parsePrometheus } from 'servebench/plugin'
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

it('names what the exporter has, by GPU', () => {
  const samples = parsePrometheus(PAGE)
  const found = dcgmMetrics({ gpus: [0, 1] }).flatMap(({ metric, labels, as, unit }) =>
    samples
      .filter((sample) => sample.name === metric && sample.labels['gpu'] === labels['gpu'])
      .map(({ value }) => [as, unit, value]),
  )
  expect(found).toEqual([
    ['dcgm0.clock.sm', 'MHz', 139],
    ['dcgm1.clock.sm', 'MHz', 585],
    ['dcgm1.sm.active', '1', 0.25],
  ])
})

it('gives every gauge a name of its own, unlike those of NVML', () => {
  const names = dcgmMetrics({ gpus: [0, 1] }).map(({ as }) => as)
  expect(new Set(names).size).toBe(names.length)
  expect(names.every((name) => /^dcgm\d\./.test(name))).toBe(true)
  expect(dcgmMetrics({ profiling: false }).map(({ metric }) => metric)).not.toContain(
    'DCGM_FI_PROF_SM_ACTIVE',
  )
})
