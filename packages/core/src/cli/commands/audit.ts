import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { auditTable } from '../../report/audit/audit-table.ts'
import { parsePublishedTable } from '../../report/audit/published-table.ts'
import { renderAudit } from '../../report/audit/render-audit.ts'
import { parseDuration } from '../../units/duration.ts'
import { colorsWanted } from '../terminal.ts'

export interface AuditValues {
  readonly users?: string
  readonly thinkTime?: string
  readonly tolerance: string
  readonly unit?: string
  readonly json?: boolean
}

const LARGEST_FILE = 16 * 1024 * 1024

/** `servebench audit TABLE`: exits with 1 when a row is flagged. */
export function auditCommand(file: string, values: AuditValues): number {
  const table = parsePublishedTable(readTable(resolve(file), file), file)
  const audit = auditTable(table, {
    tolerance: readNumber('--tolerance', values.tolerance),
    ...(values.users === undefined ? {} : { users: readNumber('--users', values.users) }),
    ...(values.thinkTime === undefined ? {} : { thinkTime: parseDuration(values.thinkTime) }),
    ...(values.unit === undefined ? {} : { unit: values.unit }),
  })
  process.stdout.write(
    values.json
      ? `${JSON.stringify(audit)}\n`
      : renderAudit(audit, { colors: colorsWanted(), columns: process.stdout.columns ?? 100 }),
  )
  return audit.flagged > 0 ? ExitCode.failed : ExitCode.ok
}

function readTable(path: string, name: string): string {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file?.isFile() !== true) {
    throw new ServebenchError('SERVEBENCH_AUDIT_TABLE', `There is no file '${name}'.`, {
      advice: 'Give a CSV, JSON or Markdown file with the table.',
    })
  }
  if (file.size > LARGEST_FILE) {
    throw new ServebenchError('SERVEBENCH_AUDIT_TABLE', `'${name}' is larger than 16 MiB.`, {
      advice: 'Give the table alone.',
    })
  }
  return readFileSync(path, 'utf8')
}

function readNumber(option: string, text: string): number {
  const value = Number(text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new ServebenchError(
    'SERVEBENCH_AUDIT_OPTION',
    `${option} is '${text}', which is no number above 0.`,
    {
      advice: `Write it like ${option === '--users' ? '--users 10' : '--tolerance 0.1'}.`,
    },
  )
}
