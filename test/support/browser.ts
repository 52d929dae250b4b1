// A real Chromium for the tests of the pages: the one the registry's package brings, without root, or the one that PORTCULLIS_CHROMIUM names.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromiumPackage, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const PACKAGE = join(MODULES, '@sparticuz/chromium')
const LAUNCH_TIMEOUT_MS = 30_000

/** No sandbox, because containers run as root; no host but this one, so that a test fails where a page would reach out. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/**
 * Starts a browser; whoever starts it closes it. `fonts: 'bundled'` shows every text in the package's one typeface, so that widths
 * and page counts are the same on every machine; `'system'` is for pictures.
 */
export async function launchBrowser({
  fonts = 'bundled',
}: {
  fonts?: 'bundled' | 'system'
} = {}): Promise<Browser> {
  const own = process.env.PORTCULLIS_CHROMIUM
  if (own !== undefined && own !== '') return launch(own, process.env)
  const folder = await unpackChromium()
  return launch(join(folder, 'chromium'), {
    ...process.env,
    // Libraries that a bare system lacks (NSS, NSPR, expat) come with the package.
    LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
    ...(fonts === 'bundled' ? { FONTCONFIG_FILE: join(folder, 'fonts.conf') } : {}),
  })
}

async function launch(executablePath: string, env: NodeJS.ProcessEnv): Promise<Browser> {
  try {
    return await chromium.launch({ executablePath, env, args: ARGS, timeout: LAUNCH_TIMEOUT_MS })
  } catch (cause) {
    const cure = 'install a Chromium and name it in PORTCULLIS_CHROMIUM'
    // The package holds a binary for x64 Linux with glibc; elsewhere another browser must be named.
    throw new Error(`${executablePath} does not start on ${process.arch}: ${cure}`, { cause })
  }
}

/**
 * The unpacked package, beside the installed one. Two processes may unpack at the same time: each does so in a folder of its own, and the
 * first to rename it wins; a folder under the final name is always whole.
 */
async function unpackChromium(): Promise<string> {
  const cache = join(MODULES, '.cache')
  const folder = join(cache, `chromium-${packageVersion()}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const own = mkdtempSync(`${folder}-`)
  try {
    await unpackInto(own)
    writeFileSync(join(own, 'fonts.conf'), fontsConf(join(folder, 'fonts')))
    renameSync(own, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
  return folder
}

/** The package unpacks into the temporary directory, whose name it reads at each call. */
async function unpackInto(folder: string): Promise<void> {
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    await chromiumPackage.executablePath()
    await inflate(join(PACKAGE, 'bin/al2023.tar.br'))
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  return String(version)
}

const fontsConf = (folder: string): string =>
  `<?xml version="1.0"?><fontconfig><dir>${folder}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>\n`
