import { parseJson } from '../json/parse-json.ts'

/**
 * What a server says is wrong, from the body of an error: `{ "error": "…" }` as the protocol has it, `{ "detail": … }` of
 * Python servers, or whatever text it is. `''` when there is none.
 */
export function errorText(body: Uint8Array): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString().trim()
  try {
    const { error, detail, message } = parseJson(body) as Readonly<Record<string, unknown>>
    const said = error ?? detail ?? message
    if (typeof said === 'string') return said
    return said === undefined ? text : JSON.stringify(said)
  } catch {
    return text
  }
}
