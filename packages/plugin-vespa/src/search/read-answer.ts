import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { HttpResponseHeaders } from 'servebench/session'
import type {
  VespaBenchmarkData,
  VespaCoverage,
  VespaError,
  VespaHit,
  VespaSearchResponse,
  VespaTiming,
} from './response.ts'

type Fields = Readonly<Record<string, unknown>>

/** @throws {ServebenchError} `SERVEBENCH_VESPA_ANSWER` when it is not a result in JSON */
export function readSearchAnswer(
  status: number,
  headers: HttpResponseHeaders,
  content: Uint8Array,
): VespaSearchResponse {
  const answer = parse(content)
  const root = answer['root']
  if (!isFields(root)) throw notAnAnswer('has no `root`')
  const { totalCount } = fieldsOf(root['fields'])
  return {
    status,
    headers,
    totalCount: numberOf(totalCount),
    hits: listOf(root['children']).filter(isHit).map(readHit),
    errors: listOf(root['errors']).map(readError),
    coverage: isFields(root['coverage']) ? readCoverage(root['coverage']) : null,
    timing: isFields(answer['timing']) ? readTiming(answer['timing']) : null,
    benchmark: readBenchmarkData(headers),
    root,
  }
}

function parse(content: Uint8Array): Fields {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString()
  try {
    return fieldsOf(JSON.parse(text))
  } catch (cause) {
    throw notAnAnswer('is not JSON', cause)
  }
}

function notAnAnswer(what: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_VESPA_ANSWER', `The answer ${what}.`, {
    advice:
      "Check that the URL is that of Vespa's query API, and leave `presentation.format` at its default.",
    exitCode: ExitCode.target,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Groups have ids such as `group:root:0`, and lists of them `grouplist:a`. */
function isHit(child: Fields): boolean {
  return !/^group(list)?:/.test(textOf(child['id']))
}

function readHit({ id, relevance, source, fields }: Fields): VespaHit {
  return {
    id: textOf(id),
    relevance: numberOf(relevance),
    source: typeof source === 'string' ? source : null,
    fields: fieldsOf(fields),
  }
}

function readError({ code, summary, message }: Fields): VespaError {
  return { code: numberOf(code) ?? 0, summary: textOf(summary), message: textOf(message) }
}

function readCoverage({ coverage, documents, full, degraded }: Fields): VespaCoverage {
  return {
    coverage: numberOf(coverage) ?? 0,
    documents: numberOf(documents) ?? 0,
    full: full === true,
    degraded: Object.entries(fieldsOf(degraded))
      .filter(([, applies]) => applies === true)
      .map(([reason]) => reason),
  }
}

function readTiming({ querytime, summaryfetchtime, searchtime }: Fields): VespaTiming {
  return {
    query: numberOf(querytime) ?? 0,
    summaryFetch: numberOf(summaryfetchtime) ?? 0,
    search: numberOf(searchtime) ?? 0,
  }
}

function readBenchmarkData(headers: HttpResponseHeaders): VespaBenchmarkData | null {
  const read = (name: string): number | null => {
    const text = headers[`x-yahoo-vespa-${name}`]
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : null
  }
  const totalHits = read('totalhitcount')
  const errors = read('numerrors')
  if (totalHits === null && errors === null) return null
  return {
    totalHits,
    hits: read('numhits'),
    errors,
    searchTime: read('searchtime'),
    fillTime: read('filltime'),
    documentsSearched: read('docssearched'),
    nodesSearched: read('nodessearched'),
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
