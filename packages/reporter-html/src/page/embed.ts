import { gzipSync } from 'node:zlib'

/** Below this compression is not worth that nobody can read the file any more. */
const SMALL = 64 * 1024

/**
 * JSON as the content of a `<script type="application/json">`: nothing in it can end the element or begin a comment. Large
 * ones are compressed; {@link readEmbedded} of the page reads both.
 */
export function embedJson(json: string): string {
  if (json.length < SMALL) return escapeJson(json)
  return JSON.stringify({ gzip: gzipSync(json, { level: 9 }).toString('base64') })
}

/** The characters are parts of strings, since JSON has them nowhere else: an escape means the same there. */
export function escapeJson(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
