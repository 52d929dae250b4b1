// `portcullis audit`: who did what at this node, newest first.
import type { Command } from 'commander'
import { Failure } from '../errors.ts'
import { type AuditRow, MAX_AUDIT_ROWS, readAudit } from '../people/audit.ts'
import { directoryCommand, moment, type OnNode, onNode } from './on-node.ts'

type Options = OnNode & { subject?: string; before?: string; limit: string }

export function auditCommand(): Command {
  const what = 'show who did what, newest first; over HTTP: GET /v1/audit'
  return directoryCommand('audit', what, 'audit --subject ada --limit 20')
    .option('--subject <subject>', 'of this user or local:ACCOUNT only')
    .option('--before <seq>', 'go on before this line')
    .option('--limit <count>', `1 to ${MAX_AUDIT_ROWS} lines`, '50')
    .action((options: Options) =>
      onNode(options, async ({ db }) => {
        const limit = whole('--limit', options.limit, MAX_AUDIT_ROWS)
        const before =
          options.before === undefined
            ? {}
            : { before: whole('--before', options.before, Number.MAX_SAFE_INTEGER) }
        const subject = options.subject === undefined ? {} : { subject: options.subject }
        const audit = await readAudit(db, { limit, ...before, ...subject })
        const next = audit.length === limit ? (audit.at(-1)?.seq ?? null) : null
        return {
          json: { audit: audit.map((row) => ({ ...row, at: moment(row.at) })), next },
          lines: [
            ...(audit.length === 0 ? ['There are no more lines.'] : audit.map(lineOf)),
            next === null
              ? 'Next: npm run -s portcullis -- user list --help'
              : `Next: npm run -s portcullis -- audit --before ${next} --dir ${options.dir}`,
          ],
        }
      }),
    )
}

function lineOf({ seq, at, subject, jti, action, target, outcome, address }: AuditRow): string {
  const by = jti === null ? subject : `${subject} (token ${jti})`
  const what = `${action} ${target ?? ''}`.trimEnd()
  return `${seq}  ${moment(at)}  ${by}  ${address}  ${what}  ${outcome}`
}

function whole(option: string, text: string, most: number): number {
  const number = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= most) return number
  throw new Failure('ERR_USAGE', `${option}: a whole number from 1 to ${most}`, { at: option })
}
