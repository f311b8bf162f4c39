import { closed, http, study } from 'servebench'

const { url, points } = JSON.parse(process.env['BENCH_STUDY'] ?? '{}') as { url: string; points: number }
const OPEN = { suspect: null, invalid: null }

/** As many configurations as are wanted, of a server that answers at once: what is left is the tool's own work. */
study('many', {
  space: {
    row: Array.from({ length: Math.ceil(points / 50) }, (_, row) => row),
    column: Array.from({ length: 50 }, (_, column) => column),
  },
  target: ({ row, column }) => http({ url, headers: { 'x-row': `${row}`, 'x-column': `${column}` } }),
  load: closed({ concurrency: 2, requests: 20 }),
  latencyBudget: '100ms',
  search: 'grid',
  confirm: { rounds: 2 },
  ablation: true,
  warmup: { requests: 2 },
  gates: {
    dispatchLag: OPEN,
    dispatched: OPEN,
    loadThreadCpu: OPEN,
    littlesLaw: OPEN,
    foreignCpu: OPEN,
    clockDrift: OPEN,
  },
})
