// The gate that every signature of this node passes: a restored database must not sign a second history (design: protocol 1.10).
import type { Signer } from './encoding/ed25519.ts'
import { type ErrorCode, Failure } from './errors.ts'

/**
 * `signing`: nothing is in the way; `probing`: the members are yet to say what this node has signed; `read_only`: they did not, or what
 * they said forbids it; `without_peers`: an operator decided that it signs all the same, `since` in POSIX seconds.
 */
export type SigningState =
  | { state: 'signing' }
  | { state: 'probing' }
  | { state: 'read_only'; code: ErrorCode; reason: string; cure: string }
  | { state: 'without_peers'; reason: string; since: number }

/** Given by the edge. Whoever signs anything asks it first: log heads, stamps, cosignatures, notices, receipts. */
export interface SigningGate {
  /** How it stands; asks nobody. */
  state(): Promise<SigningState>
  /** Asks the members once where that is still due, and says how it stands then. Never waits where the gate is open. */
  pass(): Promise<SigningState>
}

export const maySign = ({ state }: SigningState): boolean =>
  state === 'signing' || state === 'without_peers'

/** Throws unless this may sign: ERR_READ_ONLY, or the code of what forbids it, with the cure. */
export function requireOpen(state: SigningState): void {
  if (maySign(state)) return
  if (state.state === 'read_only') {
    throw new Failure(state.code, state.reason, { cure: state.cure })
  }
  throw new Failure('ERR_READ_ONLY', 'the members have not yet said what this node has signed', {
    cure: 'try again in a minute; `portcullis status` shows what it waits for',
  })
}

/** The same key, which signs only while the gate is open. Codes as `requireOpen`. */
export function guarded<Key extends { sign: Signer }>(key: Key, gate: SigningGate): Key {
  return {
    ...key,
    async sign(message) {
      requireOpen(await gate.state())
      return key.sign(message)
    },
  }
}

/** A gate with nothing behind it: for what signs nothing that anybody could have seen before. */
export const openGate: SigningGate = {
  state: async () => ({ state: 'signing' }),
  pass: async () => ({ state: 'signing' }),
}
