// What of the Workers platform this node uses, and no more: so that the edge needs no package of types.

export type D1Value = string | number | null | ArrayBuffer | Uint8Array
export interface D1Statement {
  bind(...values: D1Value[]): D1Statement
  all<Row>(): Promise<{ results: Row[] }>
}
export interface D1Database {
  prepare(sql: string): D1Statement
  /** One transaction: all or none. */
  batch(statements: D1Statement[]): Promise<unknown[]>
}

export interface DurableStub {
  fetch(url: string, init?: RequestInit): Promise<Response>
}
export interface DurableNamespace {
  idFromName(name: string): unknown
  get(id: unknown): DurableStub
}
export interface DurableState {
  storage: {
    get<T>(key: string): Promise<T | undefined>
    put<T>(key: string, value: T): Promise<void>
  }
}

export interface ExecutionContext {
  /** Work that goes on after the answer has left. */
  waitUntil(work: Promise<unknown>): void
}
export type ScheduledController = { scheduledTime: number; cron: string }
