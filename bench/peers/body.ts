import { writeFileSync } from 'node:fs'
import path from 'node:path'

/** A file with a JSON body of exactly so many bytes. */
export function bodyFile(folder: string, bytes: number): string {
  const file = path.join(folder, `body-${bytes}.json`)
  const frame = '{"inputs":""}'
  writeFileSync(file, `{"inputs":"${'x'.repeat(bytes - frame.length)}"}`)
  return file
}
