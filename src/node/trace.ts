// Structured diagnostics: one JSON object a line on stderr. Never a query, a key or a token.
import type { Trace } from './serve.ts'

export function jsonTrace(stream: { write(text: string): unknown }): Trace {
  return (event, facts) => {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...facts })}\n`)
  }
}
