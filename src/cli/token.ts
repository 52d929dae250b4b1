// `portcullis token …`: bearer tokens for people and their programs. A token is printed once and kept nowhere.
import { Command } from 'commander'
import { newToken, revokeToken } from '../appointing.ts'
import { localActor } from '../node/people.ts'
import { type IssuedToken, MAX_TOKENS, readIssuedPage } from '../people/issued.ts'
import { SCOPES } from '../people/role.ts'
import { MAX_TOKEN_DAYS } from '../people/token.ts'
import { directoryCommand, moment, type OnNode, onNode, words } from './on-node.ts'

const DEFAULT_DAYS = '90'

export function tokenCommand(): Command {
  const command = new Command('token').description('tokens for people and their programs')
  for (const one of [newCommand(), listCommand(), revokeCommand()]) command.addCommand(one)
  return command
}

type NewOptions = OnNode & { scope?: string; days: string; note: string }

function newCommand(): Command {
  const example = 'token new ada --scope publish --days 30 --note "case system"'
  return directoryCommand('new', 'make a token and print it, once', example)
    .argument('<subject>', 'the user it is for')
    .option(
      '--scope <scopes>',
      `some of ${SCOPES.join(', ')}, joined by commas; default: all that the roles give`,
    )
    .option('--days <days>', `how long it counts, 1 to ${MAX_TOKEN_DAYS}`, DEFAULT_DAYS)
    .option('--note <text>', 'what it is for', '')
    .action((subject: string, options: NewOptions) =>
      onNode(options, async ({ people }) => {
        const made = await newToken(people, localActor(), {
          subject,
          days: Number(options.days),
          note: options.note,
          ...(options.scope === undefined ? {} : { scopes: words(options.scope) }),
        })
        const { token, jti, scopes, expiresAt } = made
        const expires = moment(expiresAt)
        return {
          json: { token, jti, subject, scopes, expires },
          lines: [
            token,
            `Token ${jti} for ${subject}: ${scopes.join(', ')}, until ${expires}. It is not shown again.`,
            'Next: send it as `Authorization: Bearer …`; it ends early with `token revoke` or `user disable`.',
          ],
        }
      }),
    )
}

function listCommand(): Command {
  const what = `list what was issued, ${MAX_TOKENS} at a time`
  return directoryCommand('list', what, 'token list --subject ada')
    .option('--subject <subject>', 'of this user only')
    .option('--after <jti>', 'go on after this token')
    .action((options: OnNode & { subject?: string; after?: string }) =>
      onNode(options, async ({ people }) => {
        const tokens = await readIssuedPage(people.db, options)
        const lines = tokens.map((token) => lineOf(token, people.nowMs()))
        const last = tokens.at(-1)?.jti
        const next =
          tokens.length === MAX_TOKENS
            ? `token list --after ${last} --dir ${options.dir}`
            : 'token new --help'
        return {
          json: { tokens: tokens.map((token) => shown(token, people.nowMs())) },
          lines: [
            ...(lines.length === 0 ? ['There are no more tokens.'] : lines),
            `Next: npm run -s portcullis -- ${next}`,
          ],
        }
      }),
    )
}

function revokeCommand(): Command {
  const example = 'token revoke 0198f0c2-7d7e-7a41-8b0e-3c4f2d1e0a9b'
  return directoryCommand('revoke', 'end a token at once', example)
    .argument('<jti>', 'its id, as `token list` shows it')
    .action((jti: string, options: OnNode) =>
      onNode(options, async ({ people }) => {
        const revoked = await revokeToken(people, localActor(), jti)
        return {
          json: { revoked },
          lines: [
            `Token ${jti} of ${revoked.subject} no longer counts.`,
            `Next: npm run -s portcullis -- token list --subject ${revoked.subject} --dir ${options.dir}`,
          ],
        }
      }),
    )
}

type TokenState = 'valid' | 'expired' | 'revoked'

function stateOf({ revokedAt, expiresAt }: IssuedToken, nowMs: number): TokenState {
  if (revokedAt !== null) return 'revoked'
  return expiresAt * 1000 <= nowMs ? 'expired' : 'valid'
}

function shown(token: IssuedToken, nowMs: number) {
  const { jti, subject, scopes, note, issuedAt, expiresAt, revokedAt } = token
  return {
    jti,
    subject,
    scopes,
    note,
    state: stateOf(token, nowMs),
    issued: moment(issuedAt),
    expires: moment(expiresAt),
    revoked: revokedAt === null ? null : moment(revokedAt),
  }
}

function lineOf(token: IssuedToken, nowMs: number): string {
  const { jti, subject, scopes, expiresAt, note } = token
  const state = stateOf(token, nowMs)
  const end = moment(expiresAt)
  const until = { revoked: 'REVOKED', expired: `EXPIRED ${end}`, valid: `until ${end}` }[state]
  return `${jti}  ${subject}  ${scopes.join(', ')}  ${until}  ${note}`.trimEnd()
}
