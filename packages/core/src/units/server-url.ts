/**
 * A server's URL, without a slash at its end.
 * @param example of one, for the error
 * @throws {Error} when it is none of HTTP
 */
export function parseServerUrl(text: string, example: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new Error(`must be a URL such as ${example}, not '${text}'.`)
  return text.replace(/\/+$/, '')
}

/** Another port of a URL's host: where servers have their other APIs unless told otherwise. No URL stays what it is. */
export function withPort(url: string, port: string): string {
  if (!URL.canParse(url)) return url
  const { protocol, hostname } = new URL(url)
  return `${protocol}//${hostname}:${port}`
}
