// `portcullis user …`: who may do what at this node.
import { Command } from 'commander'
import { addUser, setDisabled, setRoles } from '../appointing.ts'
import { localActor } from '../node/people.ts'
import { ROLES } from '../people/role.ts'
import { MAX_USERS, readUsers, type User } from '../people/user.ts'
import { directoryCommand, moment, type OnNode, onNode, words } from './on-node.ts'

const ROLE_LIST = `one or more of ${ROLES.join(', ')}, joined by commas`

export function userCommand(): Command {
  const command = new Command('user').description('people of this node: add them, give them roles')
  for (const one of [addCommand(), listCommand(), roleCommand(), disable(), enable()]) {
    command.addCommand(one)
  }
  return command
}

function addCommand(): Command {
  const example = 'user add ada --name "Ada Sato" --role drafter,signer'
  return directoryCommand('add', 'add a user', example)
    .argument('<subject>', 'short name: small letters, digits and . _ @ + -')
    .requiredOption('--name <name>', 'as people read it')
    .requiredOption('--role <roles>', ROLE_LIST)
    .action((subject: string, options: OnNode & { name: string; role: string }) =>
      onNode(options, async ({ people }) => {
        const wanted = { subject, name: options.name, roles: words(options.role) }
        const user = await addUser(people, localActor(), wanted)
        return {
          json: { user: shown(user) },
          lines: [
            `Added ${user.subject} (${user.name}): ${user.roles.join(', ')}.`,
            `Next: npm run -s portcullis -- token new ${user.subject} --dir ${options.dir}`,
          ],
        }
      }),
    )
}

function listCommand(): Command {
  return directoryCommand('list', `list the users, ${MAX_USERS} at a time`, 'user list')
    .option('--after <subject>', 'go on after this user')
    .action((options: OnNode & { after?: string }) =>
      onNode(options, async ({ people }) => {
        const users = await readUsers(people.db, options.after)
        const lines = users.map(
          ({ subject, name, roles, isDisabled }) =>
            `${subject}  ${name}  ${roles.join(', ')}${isDisabled ? '  DISABLED' : ''}`,
        )
        const last = users.at(-1)?.subject
        const next =
          users.length === MAX_USERS
            ? `user list --after ${last} --dir ${options.dir}`
            : 'user add --help'
        return {
          json: { users: users.map(shown) },
          lines: [
            ...(lines.length === 0 ? ['There are no more users.'] : lines),
            `Next: npm run -s portcullis -- ${next}`,
          ],
        }
      }),
    )
}

function roleCommand(): Command {
  const example = 'user role ada --set signer,auditor'
  return directoryCommand('role', 'give a user exactly these roles', example)
    .argument('<subject>', 'the user')
    .requiredOption('--set <roles>', ROLE_LIST)
    .action((subject: string, options: OnNode & { set: string }) =>
      onNode(options, async ({ people }) => {
        const user = await setRoles(people, localActor(), subject, words(options.set))
        return {
          json: { user: shown(user) },
          lines: [
            `${user.subject} now has: ${user.roles.join(', ')}.`,
            'Tokens lose at once what these do not give; what they give anew needs a new token.',
            `Next: npm run -s portcullis -- token new ${user.subject} --dir ${options.dir}`,
          ],
        }
      }),
    )
}

function disable(): Command {
  const what = 'end a user: none of the tokens counts from now on'
  return directoryCommand('disable', what, 'user disable ada')
    .argument('<subject>', 'the user')
    .action((subject: string, options: OnNode) =>
      onNode(options, async ({ people }) => {
        const user = await setDisabled(people, localActor(), subject, true)
        return {
          json: { user: shown(user) },
          lines: [
            `${user.subject} is disabled: none of the tokens counts from now on.`,
            `Back: npm run -s portcullis -- user enable ${user.subject} --dir ${options.dir}`,
          ],
        }
      }),
    )
}

function enable(): Command {
  const what = 'let a disabled user and the tokens that were not revoked count again'
  return directoryCommand('enable', what, 'user enable ada')
    .argument('<subject>', 'the user')
    .action((subject: string, options: OnNode) =>
      onNode(options, async ({ people }) => {
        const user = await setDisabled(people, localActor(), subject, false)
        return {
          json: { user: shown(user) },
          lines: [
            `${user.subject} is enabled again.`,
            `Next: npm run -s portcullis -- token list --subject ${user.subject} --dir ${options.dir}`,
          ],
        }
      }),
    )
}

function shown({ subject, name, roles, isDisabled, createdAt }: User) {
  return { subject, name, roles, disabled: isDisabled, created: moment(createdAt) }
}
