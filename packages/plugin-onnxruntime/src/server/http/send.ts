import type { ServerResponse } from 'node:http'

export function sendJson(response: ServerResponse, value: unknown): void {
  sendText(response, 200, 'application/json', JSON.stringify(value))
}

/** An error in the protocol's form: `{ "error": "…" }`. */
export function sendError(response: ServerResponse, status: number, message: string): void {
  sendText(response, status, 'application/json', JSON.stringify({ error: message }))
}

export function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.destroyed || response.headersSent) return
  const body = Buffer.from(text)
  response.writeHead(status, ['Content-Length', String(body.byteLength), 'Content-Type', type]).end(body)
}
