// Runs the commands of the README as an operator would type them, on real directories: what the README says is what is tested.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { freePorts } from '../../src/node/alliance.ts'
import { EVERY_SECOND, MAIN, type RealAlliance } from './processes.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const SIGN = 'us/keys/root.jwk.json'

/** The command lines between two texts of the README, continuations joined, comments at line ends gone. */
export function linesBetween(from: string, to: string): string[] {
  const start = README.indexOf(from)
  const end = README.indexOf(to, start + from.length)
  if (start < 0 || end < 0) throw new TypeError(`the README has no ${start < 0 ? from : to}`)
  const blocks = README.slice(start, end)
    .split('\n')
    .filter((line) => line.startsWith('    '))
  const lines = blocks.join('\n').replaceAll('\\\n', ' ').split('\n')
  return lines
    .map((line) => line.trim().replace(/(?<=\S) +# .*$/, ''))
    .filter((line) => line !== '')
}

export type Runbook = {
  /** Runs the lines from a bold heading to the next. `# sign and adopt` stands for that block, run with every signer's root key. */
  follow(from: string, to: string, signers?: readonly string[]): Promise<void>
  /** Goes on from the newest charter. */
  next(): void
}

/** `nodes` starts and stops what the README serves and stops; all else is a process of its own. */
export function runbook(nodes: RealAlliance): Runbook {
  let newest = 1
  const shell: Record<string, string> = {
    P: `${process.execPath} ${MAIN}`,
    OLD: 'charter-1.json',
    NEW: 'charter-2.json',
  }
  const adopting = linesBetween('**Sign and adopt**', '**A market joins.**')

  async function runLine(line: string, signers: readonly string[]): Promise<void> {
    const [, served] = /^\$P serve --dir \.\/(\S+)$/.exec(line) ?? []
    const [, stopped] = /^# stop the node of \.\/(\S+)$/.exec(line) ?? []
    const [, name] = /^([A-Z]+)=/.exec(line) ?? []
    if (served !== undefined) return nodes.start(served)
    if (stopped !== undefined) return nodes.stop(stopped)
    if (line === '# sign and adopt') {
      for (const one of adopting) await runLine(one, signers)
      return
    }
    if (line.startsWith('#') || (name !== undefined && Object.hasOwn(STARTING, name))) return
    if (line.includes(`sign $NEW --key ${SIGN}`)) {
      for (const signer of signers) await bash(line.replace(SIGN, SIGN.replace('us', signer)))
      return
    }
    if (name === undefined) return void (await bash(await onThisMachine(line)))
    shell[name] = (await bash(`${line}; printf %s "$${name}"`)).trim()
  }

  function bash(line: string): Promise<string> {
    const options = { cwd: nodes.directory, env: { ...process.env, ...shell } }
    return new Promise((resolve, reject) => {
      execFile('bash', ['-euo', 'pipefail', '-c', line], options, (error, out, errors) => {
        if (error === null) resolve(out)
        else reject(new Error(`${line}\n${out}${errors}`))
      })
    })
  }

  return {
    async follow(from, to, signers = ['us', 'jp']) {
      for (const line of linesBetween(from, to)) await runLine(line, signers)
    },
    next() {
      newest += 1
      shell.OLD = `charter-${newest}.json`
      shell.NEW = `charter-${newest + 1}.json`
    },
  }
}

/** Set above, other than in the README. */
const STARTING = { P: '', OLD: '', NEW: '' }

/** As the README says for one machine: loopback and no TLS; and a schedule that does not keep a test waiting. */
async function onThisMachine(line: string): Promise<string> {
  const [port] = await freePorts(1)
  const here = `--url http://127.0.0.1:${port} --port ${port} --insecure-http --schedule '${EVERY_SECOND}'`
  return line.replace(/--url https:\S+/, here)
}
