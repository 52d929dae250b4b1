// What is no request never reaches the app: it too is answered with a problem document (RFC 9457).
import type { Socket } from 'node:net'
import { RequestError } from '@hono/node-server'
import { type ErrorCode, Failure } from '../errors.ts'
import { problemResponse } from '../problem.ts'

const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'ERR_REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'ERR_REQUEST_HEADERS',
}
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** For a request that was read but names no address, and for a fault that the app let through. */
export function malformedResponse(error: unknown): Response {
  const isTheirs = error instanceof RequestError
  return problemResponse(
    isTheirs
      ? new Failure('ERR_REQUEST_MALFORMED', error.message)
      : new Failure('ERR_INTERNAL', 'the node failed on this request'),
  )
}

/** For bytes that are no HTTP request, or none in time: answers on the socket and closes it, as node:http would with an empty body. */
export async function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): Promise<void> {
  // node:http knows whether an answer has begun on this socket; a second one in the middle of it would be read as part of the first.
  const { _httpMessage: begun } = socket as Socket & { _httpMessage?: { headersSent: boolean } }
  if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent === true) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'ERR_REQUEST_MALFORMED'
  const response = problemResponse(new Failure(code, `the request was not read: ${error.code}`))
  const body = await response.text()
  const head = [
    `HTTP/1.1 ${response.status} ${REASONS[response.status] ?? 'Bad Request'}`,
    'content-type: application/problem+json',
    'cache-control: no-store',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
