// Signed notes (C2SP signed-note): a text, a blank line, signature lines.
import { type Signer, verifyEd25519 } from '../encoding/ed25519.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { cosignatureMessage, decodeCosignature } from './cosignature.ts'
import { COSIGNATURE_KEY, ED25519_KEY, keyId, type Vkey } from './key.ts'
import { formatNoteLine, type NoteSignature, parseNoteLine } from './note-line.ts'

export type Note = {
  /** With its last LF, without the blank line. */
  text: string
  signatures: NoteSignature[]
}

export type VerifiedSignature = {
  vkey: Vkey
  /**
   * When a cosignature was made, POSIX seconds; null for a key of type 1, whose signatures carry no
   * time.
   */
  timeS: number | null
  line: string
}

export type NoteVerdict =
  | { ok: true; verified: VerifiedSignature[] }
  | { ok: false; code: 'known_signature_fails' | 'no_known_signature' }

export const MAX_NOTE_BYTES = 65_536
export const MAX_NOTE_SIGNATURES = 100

/**
 * The parts of a note, unverified, or null for bytes that are no note: over 64 KiB, not UTF-8, a
 * control character other than LF, no blank line (the last one counts), no signature line or more
 * than 100, or one malformed.
 */
export function parseNote(bytes: Uint8Array): Note | null {
  if (bytes.length > MAX_NOTE_BYTES) return null
  const note = decodeUtf8(bytes)
  if (note === null || hasControls(note) || !note.endsWith('\n')) return null
  const blank = note.lastIndexOf('\n\n')
  if (blank < 0) return null
  const lines = note.slice(blank + 2, -1).split('\n')
  if (lines.length > MAX_NOTE_SIGNATURES) return null
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseNoteLine(line)
    if (signature === null) return null
    signatures.push(signature)
  }
  return { text: note.slice(0, blank + 1), signatures }
}

/** The bytes of a note. Throws unless the text ends in LF and there is a line. */
export function formatNote(text: string, lines: readonly string[]): Uint8Array {
  if (!text.endsWith('\n') || lines.length === 0) {
    throw new Error('a note is a text that ends in LF, and at least one signature line')
  }
  return encodeUtf8(`${text}\n${lines.map((line) => `${line}\n`).join('')}`)
}

/** Signs a text that ends in LF with a key of type 1 and gives the line. */
export async function signNote(
  text: string,
  name: string,
  publicKey: Uint8Array,
  signer: Signer,
): Promise<string> {
  const signature = await signer(encodeUtf8(text))
  return formatNoteLine(name, keyId(name, ED25519_KEY, publicKey), signature)
}

/**
 * Checks every line whose name and key id are those of a given key, and passes over all others. One
 * known line that fails refuses the whole note, as does having none; of several lines by one key
 * the first counts.
 */
export async function verifyNote(note: Note, vkeys: readonly Vkey[]): Promise<NoteVerdict> {
  const verified: VerifiedSignature[] = []
  const seen = new Set<Vkey>()
  for (const signature of note.signatures) {
    const vkey = vkeys.find((k) => k.keyId === signature.keyId && k.name === signature.name)
    if (vkey === undefined || seen.has(vkey)) continue
    seen.add(vkey)
    const result = await verifyLine(note.text, signature, vkey)
    if (result === null) return { ok: false, code: 'known_signature_fails' }
    verified.push(result)
  }
  return verified.length > 0 ? { ok: true, verified } : { ok: false, code: 'no_known_signature' }
}

async function verifyLine(
  text: string,
  { signature, line }: NoteSignature,
  vkey: Vkey,
): Promise<VerifiedSignature | null> {
  if (vkey.type !== COSIGNATURE_KEY) {
    const ok = await verifyEd25519(vkey.publicKey, encodeUtf8(text), signature)
    return ok ? { vkey, timeS: null, line } : null
  }
  const cosignature = decodeCosignature(signature)
  if (cosignature === null) return null
  const message = cosignatureMessage(cosignature.timeS, text)
  const ok = await verifyEd25519(vkey.publicKey, message, cosignature.signature)
  return ok ? { vkey, timeS: cosignature.timeS, line } : null
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 && code !== 0x0a) return true
  }
  return false
}
