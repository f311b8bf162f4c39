import { describe, expect, it } from 'vitest'
import { latencies, resultFixture, trialFixture } from '../../test/result-fixture.ts'
import { compareResults, refusalsOf, regressionsOf } from './compare.ts'
import { exitCodeOf } from './exit-code.ts'
import { poolCase } from './pool.ts'
import { renderAnnotations } from './render-annotations.ts'
import { renderConsole } from './render-console.ts'
import { renderJunit } from './render-junit.ts'
import { renderMarkdown } from './render-markdown.ts'
import type { RunResult } from './result.ts'
import { runComparisonSchema } from './schema-comparison.ts'

const HOSTILE = '\u001b[2J<img>\n::error::forged'

function measured(mean: number, engine = 'http1-raw'): RunResult {
  const trials = [0.99, 1, 1.01, 0.995, 1.005].map((factor, repeat) =>
    trialFixture({ repeat, engine, latencies: latencies(500, mean * factor * 1e6) }),
  )
  return resultFixture(trials, [poolCase(trials)])
}
function against(base: RunResult, other: RunResult, accepted = false): RunResult {
  return {
    ...other,
    comparison: { ...compareResults(base, other, { force: accepted }), baseline: HOSTILE, accepted },
  }
}
const SLOWER = against(measured(5), measured(6))
const ACCEPTED = against(measured(5), measured(6), true)
const REFUSED = against(measured(5, HOSTILE), measured(5))

describe('a comparison with the baseline', () => {
  it('survives the file that it is written to, and the schema of results', () => {
    for (const { comparison } of [SLOWER, ACCEPTED, REFUSED]) {
      expect(runComparisonSchema.parse(JSON.parse(JSON.stringify(comparison)))).toEqual(comparison)
    }
    expect(runComparisonSchema.safeParse({ ...SLOWER.comparison, verdict: 'good' }).success).toBe(false)
  })

  it('decides the exit code, after usage and broken targets', () => {
    const codeOf = ({ comparison, trials, cases }: RunResult): number =>
      exitCodeOf(
        { trials, cases },
        comparison === undefined
          ? {}
          : { regressions: regressionsOf(comparison), refusals: refusalsOf(comparison) },
      ).code
    expect(codeOf(SLOWER)).toBe(1)
    expect(codeOf(REFUSED)).toBe(2)
    expect(codeOf(against(measured(6), measured(5)))).toBe(0)
    expect(codeOf(against(measured(5), measured(5)))).toBe(0)
  })

  it('fails the test of its case, unless the run is the new baseline', () => {
    expect(renderJunit(SLOWER)).toMatch(/failures="1".*<failure message="regression: responseTime\.p50: \+/s)
    expect(renderJunit(REFUSED)).toContain(
      '<failure message="not compared with the baseline: The engines differ',
    )
    expect(renderJunit(ACCEPTED)).not.toContain('<failure')
    expect(renderJunit(ACCEPTED)).toContain('regression: responseTime.p50')
  })

  it('annotates the bench file', () => {
    const lines = renderAnnotations(SLOWER).trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^::error file=bench\/mlp\.bench\.ts,title=mlp > closed loop::Regression: /)
    expect(renderAnnotations(ACCEPTED)).toMatch(/^::warning .*Regression/)
    expect(renderAnnotations(REFUSED)).toMatch(
      /^::error .*::Not compared with the baseline: The engines differ/,
    )
  })

  it('stands in the reports for people, and nothing in it is more than text', () => {
    for (const result of [SLOWER, ACCEPTED, REFUSED]) {
      const console = renderConsole(result, { colors: false, columns: 80, details: false, directory: 'x' })
      for (const text of [console, renderMarkdown(result), renderAnnotations(result), renderJunit(result)]) {
        expect(text).not.toContain('\u001b')
        expect(text).not.toMatch(/^::error::forged/m)
      }
      expect(renderMarkdown(result) + renderJunit(result)).not.toContain('<img>')
      for (const line of console.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    }
    const columns = { colors: false, columns: 80, details: false, directory: 'x' }
    expect(renderConsole(SLOWER, columns)).toContain('responseTime.p50 regression: +20.0 %')
    expect(renderConsole(ACCEPTED, columns)).toContain('This run is the new baseline.')
    expect(renderMarkdown(SLOWER)).toContain('## Against the baseline: **regression**')
    expect(renderMarkdown(REFUSED)).toContain('not compared: The engines differ')
  })
})
