// What people may do here: roles that users have, scopes that tokens carry, and which role gives which scope.

export const ROLES = ['drafter', 'approver', 'signer', 'operator', 'auditor', 'reader'] as const
export type Role = (typeof ROLES)[number]

/**
 * `lookup`: ask and browse where that needs a token; `draft` and `approve`: the two halves of a draft; `publish`: hand in signed acts;
 * `operate`: what an operator decides, such as releasing a held feed; `audit`: read the audit log.
 */
export const SCOPES = ['lookup', 'draft', 'approve', 'publish', 'operate', 'audit'] as const
export type Scope = (typeof SCOPES)[number]

const RIGHTS: Readonly<Record<Role, readonly Scope[]>> = {
  drafter: ['lookup', 'draft'],
  approver: ['lookup', 'approve'],
  signer: ['lookup', 'publish'],
  operator: ['lookup', 'operate'],
  auditor: ['lookup', 'audit'],
  reader: ['lookup'],
}

/** The scopes that these roles give together, in the order of `SCOPES`. */
export function rightsOf(roles: readonly Role[]): Scope[] {
  return SCOPES.filter((scope) => roles.some((role) => RIGHTS[role].includes(scope)))
}

export function isRole(word: unknown): word is Role {
  return (ROLES as readonly unknown[]).includes(word)
}

export function isScope(word: unknown): word is Scope {
  return (SCOPES as readonly unknown[]).includes(word)
}
