// The API for people who build on it, made from the OpenAPI document that the node serves: nothing is written twice.
import { html } from 'hono/html'
import {
  type JsonSchema,
  type OpenApi,
  type Operation,
  openApiPath,
  PROBLEM_TYPE,
} from '../api/document.ts'
import type { RouteDoc } from '../api/route.ts'
import { code } from './facts.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { receiptWords } from './words-receipt.ts'

const text = receiptWords.docs

export function docsPage(input: {
  here: Here
  document: OpenApi
  routes: readonly RouteDoc[]
  /** Where this node is reached, without a slash at the end. */
  base: string
}): Html {
  const { here, document, routes, base } = input
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = document.tags
    .map(({ name, description }) => ({
      name,
      description,
      members: operations.filter(({ operation }) => operation.tags.includes(name)),
    }))
    .filter(({ members }) => members.length > 0)
  const main = html`<h1 class="page-title">${text.title}</h1>
<p>${text.lede} <a href="/openapi.json">/openapi.json</a>.</p>
<p>${String(document.info.description)}</p>
<nav class="section" aria-label="${text.routes}"><ul class="links">${groups.map(
    ({ name, description }) =>
      html`<li><a href="#tag-${idOf(name)}">${name}</a> <span class="soft">${description}</span></li>`,
  )}<li><a href="#shapes">${text.schemas}</a></li></ul></nav>
${groups.map(
  ({ name, members }) => html`<section class="section" aria-labelledby="tag-${idOf(name)}">
<h2 id="tag-${idOf(name)}">${name}</h2>
${members.map(({ path, method, operation }) =>
  operationPart({
    path,
    method,
    operation,
    base,
    route: routes.find((one) => one.method === method && openApiPath(one.path) === path),
  }),
)}</section>`,
)}
<section class="section" aria-labelledby="shapes"><h2 id="shapes">${text.schemas}</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<div class="sheet stack op"><h3 id="shape-${name}">${name}</h3>
<pre class="code">${JSON.stringify(schema, null, 1)}</pre></div>`,
)}</section>`
  return layout({ title: text.title, here, current: null, main })
}

type Part = {
  path: string
  method: string
  operation: Operation
  route: RouteDoc | undefined
  base: string
}

function operationPart({ path, method, operation, route, base }: Part): Html {
  const { summary, description, parameters = [], requestBody, responses, operationId } = operation
  const statuses = Object.entries(responses)
  return html`<article class="sheet stack op" aria-labelledby="${operationId}">
<h3 id="${operationId}"><span class="code">${method.toUpperCase()} ${path}</span></h3>
<p><b>${summary}.</b>${description === undefined ? '' : html` ${description}`}</p>
${parameters.length === 0 ? '' : parameterTable(parameters)}
${
  requestBody === undefined
    ? ''
    : html`<div><h4>${text.body}</h4><p>${requestBody.description} ${contentText(requestBody.content)}</p></div>`
}
<div><h4>${text.answers}</h4><ul>${statuses.map(
    ([status, { description: said, content = {} }]) =>
      html`<li><b>${status}</b> ${said} ${contentText(content)}</li>`,
  )}</ul></div>
${route?.try === undefined ? '' : html`<div><h4>${text.try}</h4><pre class="code">${curlOf(base, method, route.try)}</pre></div>`}
</article>`
}

function parameterTable(parameters: NonNullable<Operation['parameters']>): Html {
  return html`<div class="table-box"><table class="folds"><caption>${text.parameters}</caption>
<thead><tr><th scope="col">${text.name}</th><th scope="col">${text.where}</th><th scope="col">${text.what}</th><th scope="col">${text.form}</th></tr></thead>
<tbody>${parameters.map(
    ({ name, in: where, description = '', required, schema }) =>
      html`<tr><th scope="row">${code(name)}</th><td data-label="${text.where}">${where}${required ? html`, ${text.required}` : ''}</td><td data-label="${text.what}">${description}</td><td data-label="${text.form}">${code(formOf(schema))}</td></tr>`,
  )}</tbody></table></div>`
}

/** A schema in a few words: `string, at most 120`, `blocked | possible`. */
function formOf(schema: JsonSchema): string {
  const { type, enum: words, maxLength, minimum, maximum, pattern } = schema
  if (Array.isArray(words)) return words.filter((word) => word !== '').join(' | ')
  return [
    typeof type === 'string' ? type : '',
    typeof maxLength === 'number' ? `at most ${maxLength}` : '',
    typeof minimum === 'number' && typeof maximum === 'number' ? `${minimum} to ${maximum}` : '',
    typeof pattern === 'string' ? pattern : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function contentText(content: Record<string, { schema?: JsonSchema }>): Html {
  // Of errors it is said once, at the top, what they are.
  const known = Object.entries(content).filter(([type]) => type !== PROBLEM_TYPE)
  return html`${known.map(([type, { schema }]) => {
    const name = typeof schema?.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
    return html`${code(type)}${name === undefined ? '' : html` <a href="#shape-${name}">${name}</a>`} `
  })}`
}

/** What can be pasted into a shell as it is. */
function curlOf(
  base: string,
  method: string,
  { path, body }: NonNullable<RouteDoc['try']>,
): string {
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`
  const sent =
    body === undefined
      ? ''
      : ` \\\n  -H 'content-type: application/json' \\\n  -d ${quoted(JSON.stringify(body))}`
  const verb = method === 'get' ? '' : ` -X ${method.toUpperCase()}`
  return `curl -s${verb} ${quoted(base + path)}${sent}`
}

const idOf = (name: string): string => name.replace(/[^a-z]+/g, '-')
