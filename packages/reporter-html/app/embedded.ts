import { unpack } from '../src/page/pack.ts'

/** What `embedJson` has put into the page; `null` when there is no such element. */
export async function readEmbedded<T>(id: string): Promise<T | null> {
  const text = document.getElementById(id)?.textContent
  if (text === undefined || text === null) return null
  const compressed = text.startsWith('{"gzip":') ? (JSON.parse(text) as { readonly gzip: string }).gzip : null
  return unpack(compressed === null ? text : await inflate(compressed)) as T
}

async function inflate(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).text()
}
