// The one function this node takes from the platform's own module.
declare module 'cloudflare:workers' {
  /** Work that goes on after the answer of the current invocation has left. */
  export function waitUntil(work: Promise<unknown>): void
}
