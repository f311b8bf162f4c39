import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RunResult } from '../report/result.ts'

const FILE = '../../data/sample-result.json'

/**
 * The result of a run in which much has happened: cases that pass, miss their SLO, are suspect and invalid, a trial that
 * failed and one that was not reached, numbers that there are not, and names and errors with control characters and markup in
 * them. A new copy each time.
 */
export function sampleResult(): RunResult {
  return JSON.parse(readFileSync(fileURLToPath(new URL(FILE, import.meta.url)), 'utf8')) as RunResult
}
