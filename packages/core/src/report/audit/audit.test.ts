import { describe, expect, it } from 'vitest'
import { auditTable, type AuditedRow, type AuditOptions } from './audit-table.ts'
import { parsePublishedTable } from './published-table.ts'
import { renderAudit } from './render-audit.ts'

const audit = (text: string, options: AuditOptions = {}, name = 'table.md') =>
  auditTable(parsePublishedTable(text, name), options)
const only = (rows: readonly AuditedRow[]): AuditedRow => rows[0] as AuditedRow

describe('the audit of a published table', () => {
  it('flags the p99 of a TorchServe table that was measured inside the server', () => {
    // Concurrency 10 and 41.05 requests per second: 243.6 ms on average, far above a p99 of 25.48 ms.
    const { rows, flagged } = audit('Concurrency,Throughput,P99 latency (ms)\n10,41.05,25.48\n', {}, 't.csv')
    expect(flagged).toBe(1)
    expect(only(rows).impliedMean).toBeCloseTo(243.605e6, -4)
    expect(only(rows).findings[0]?.message).toContain('The mean is 244 ms by Little')
    expect(only(rows).findings[0]?.message).toContain('the slowest 1.00 % would have to take 21.8 s')
    expect(only(rows).findings[0]?.message).toContain('one request at a time in the server')
  })

  it.each([
    [4, 54.78, 73.62],
    [4, 78.62, 50.69],
    [8, 85.29, 94.4],
  ])('recognises batch ÷ latency: %d in %d/s and %d ms', (batch, throughput, latency) => {
    const { rows } = audit(
      `| batch size | concurrency | throughput | mean latency (ms) |\n|--|--|--|--|\n| ${batch} | 10 | ${throughput} | ${latency} |`,
    )
    expect(only(rows).verdict).toBe('impossible')
    expect(only(rows).findings[0]?.message).toContain('batch ÷ latency is the throughput')
  })

  it('lets numbers of a closed loop pass: N = X · R', () => {
    // 32 workers and 267 ms mean: 120 per second; M/M/1-like percentiles around it.
    const { rows, flagged } = audit(
      `| users | req/s | mean | p50 | p95 | p99 |\n|---|---|---|---|---|---|\n| 32 | 120 | 267 ms | 250 ms | 400 ms | 0.6 s |\n| 1 | 100 | 10 ms | 10 ms | 10 ms | 10 ms |`,
    )
    expect(flagged).toBe(0)
    expect(rows.map((row) => row.findings.length)).toEqual([4, 4])
    expect(only(rows).findings[0]?.inFlight).toBeCloseTo(32.04, 2)
  })

  it('allows for think time: X (W + Z) = N', () => {
    const text = '[{"users": 10, "throughput": 100, "latency_ms": 60}]'
    expect(audit(text, {}, 'x.json').flagged).toBe(1)
    expect(audit(text, { thinkTime: 40e6 }, 'x.json').flagged).toBe(0)
  })

  it('flags more in flight than there are users', () => {
    const { rows } = audit('users;rps;latency [s]\n4;100;1\n', {}, 't.csv')
    expect(only(rows).findings[0]?.message).toContain('100 in flight at once, more than there are users')
    // Half of all requests take 500 ms or more: the mean is 250 ms at least, not 40.
    expect(audit('users,rps,p50 ms\n4,100,500\n', {}, 't.csv').rows[0]?.findings[0]?.message).toContain(
      'the mean is at least 250 ms',
    )
  })

  it('keeps to its tolerance', () => {
    const text = 'users,rps,mean ms\n10,100,93\n'
    expect(audit(text, {}, 't.csv').flagged).toBe(0)
    expect(audit(text, { tolerance: 0.05 }, 't.csv').flagged).toBe(1)
  })

  it('reads quotes, thousands, units in cells, byte order marks, and users from outside', () => {
    const text = '\ufeff"Throughput, total","Mean response"\r\n"1,000","32 ms"\r\n\r\n'
    const { rows } = audit(text, { users: 32 }, 't.csv')
    expect(rows).toHaveLength(1)
    expect(only(rows)).toMatchObject({ throughput: 1000, verdict: 'consistent' })
  })

  it('says what it does not know', () => {
    const { rows } = audit('users,rps,mean ms\n10,n/a,93\n,5,\n', {}, 't.csv')
    expect(rows.map((row) => row.verdict)).toEqual(['unknown', 'unknown'])
    expect(
      renderAudit(audit('users,rps,mean ms\n10,n/a,93\n', {}, 't.csv'), { colors: false, columns: 80 }),
    ).toContain('unknown')
  })

  it.each([
    ['no table at all', 'hello', 'x.md', {}, 'SERVEBENCH_AUDIT_TABLE'],
    ['an empty file', '', 'x.csv', {}, 'SERVEBENCH_AUDIT_TABLE'],
    ['a header without rows', 'users,rps,mean ms\n', 'x.csv', {}, 'SERVEBENCH_AUDIT_TABLE'],
    ['broken JSON', '[{', 'x.json', {}, 'SERVEBENCH_AUDIT_TABLE'],
    ['JSON of something else', '{"a": 1}', 'x.json', {}, 'SERVEBENCH_AUDIT_TABLE'],
    ['an empty list', '[]', 'x.json', {}, 'SERVEBENCH_AUDIT_TABLE'],
    ['no throughput', 'users,mean ms\n1,2\n', 'x.csv', {}, 'SERVEBENCH_AUDIT_COLUMNS'],
    ['no users', 'rps,mean ms\n1,2\n', 'x.csv', {}, 'SERVEBENCH_AUDIT_COLUMNS'],
    ['no unit', 'users,rps,mean\n1,2,3\n', 'x.csv', {}, 'SERVEBENCH_AUDIT_UNIT'],
    ['an odd unit', 'users,rps,mean\n1,2,3\n', 'x.csv', { unit: 'jiffies' }, 'SERVEBENCH_AUDIT_UNIT'],
  ])('refuses %s', (_, text, name, options, code) => {
    expect(() => audit(text, options, name)).toThrow(expect.objectContaining({ code }))
  })

  it('renders in narrow and wide terminals', () => {
    const found = audit('Concurrency,Throughput,P99 (ms)\n10,41.05,25.48\n', {}, 't.csv')
    for (const columns of [40, 100]) {
      const text = renderAudit(found, { colors: false, columns })
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
      expect(text).toContain('impossible')
      expect(text.replaceAll(/\s+/g, ' ')).toContain("1 of 1 rows contradict Little's law")
    }
  })
})
