// Alliance bundles on disk: a plain tar, written in one stream and read in any order; only the list of files is in memory.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { type Archive, type ArchiveFile, MAX_ARCHIVE_FILES, maxBytesOf } from '../archive/layout.ts'
import {
  decodeUstarHeader,
  encodeUstarFile,
  USTAR_BLOCK,
  USTAR_END,
  ustarPadding,
} from '../encoding/ustar.ts'
import { Failure } from '../errors.ts'

/** Writes a tar; it stands under its name only when it is whole and on the disk. Gives its number of files and bytes. */
export async function writeTar(
  path: string,
  files: AsyncIterable<ArchiveFile>,
): Promise<{ files: number; bytes: number }> {
  const part = `${path}.part`
  const written = { files: 0, bytes: 0 }
  try {
    const file = await open(part, 'w', 0o644)
    try {
      const put = async (bytes: Uint8Array): Promise<void> => {
        await file.writeFile(bytes)
        written.bytes += bytes.length
      }
      for await (const { path: name, bytes } of files) {
        await put(encodeUstarFile(name, bytes))
        written.files += 1
      }
      await put(USTAR_END)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return written
}

export type TarFile = Archive & { close(): void; readonly files: number }

type Place = { at: number; size: number }

/**
 * Opens an alliance bundle and reads the list of its files. Every byte outside of the files themselves must be as `writeTar` writes it,
 * so nothing can hide there and a cut or damaged tar is refused before anything is taken from it. Codes: ERR_FILE_UNREADABLE,
 * ERR_ARCHIVE_FORMAT.
 */
export function openTar(path: string): TarFile {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw new Failure('ERR_FILE_UNREADABLE', `${path} cannot be read`, {
      cause: error,
      cure: 'check the path',
    })
  }
  try {
    const places = readPlaces(file)
    return {
      files: places.size,
      has: (name) => places.has(name),
      async read(name) {
        const place = places.get(name)
        return place === undefined ? null : readAt(file, place)
      },
      close: () => closeSync(file),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function readPlaces(file: number): Map<string, Place> {
  const total = fstatSync(file).size
  const places = new Map<string, Place>()
  let at = 0
  for (;;) {
    const block = readAt(file, { at, size: USTAR_BLOCK })
    if (isZero(block)) break
    const header = decodeUstarHeader(block)
    if (header === null) throw broken(`no header of a plain file at byte ${at}`)
    const { name, size } = header
    const most = maxBytesOf(name)
    if (most === null) throw broken(`${name} is no file of an alliance bundle`)
    if (size > most) throw broken(`${name} has ${size} bytes, at most ${most}`)
    if (places.has(name)) throw broken(`${name} stands twice`)
    if (places.size >= MAX_ARCHIVE_FILES) throw broken(`more than ${MAX_ARCHIVE_FILES} files`)
    const start = at + USTAR_BLOCK
    const padding = { at: start + size, size: ustarPadding(size) }
    if (!isZero(readAt(file, padding))) throw broken(`${name} is not followed by zeros`)
    places.set(name, { at: start, size })
    at = padding.at + padding.size
  }
  if (total !== at + USTAR_END.length || !isZero(readAt(file, { at, size: USTAR_END.length }))) {
    throw broken(`something follows the end at byte ${at}`)
  }
  return places
}

function readAt(file: number, { at, size }: Place): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let read = 0; read < size; ) {
    const count = readSync(file, bytes, read, size - read, at + read)
    if (count === 0) throw broken(`the file ends at byte ${at + read}`)
    read += count
  }
  return bytes
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

function broken(what: string): Failure {
  return new Failure('ERR_ARCHIVE_FORMAT', `not a whole alliance bundle: ${what}`, {
    cure: 'copy the file again, or let the sender run `portcullis export` again; a tar made by another program is not taken',
  })
}
