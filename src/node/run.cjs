// Starts a TypeScript file of this project, or says in one line what is missing. Written for any Node, however old.
'use strict'
var script = process.argv[2]
var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    'Portcullis needs Node 24 or newer, this is ' +
      process.version +
      '. Cure: run it through npm (`npm run …` uses the Node 24 that `npm ci` installs on Linux x64 and arm64),' +
      ' or install Node 24 from https://nodejs.org',
  )
  process.exit(1)
}
if (script) {
  script = require('node:path').resolve(script)
  process.argv.splice(1, 2, script)
  import(require('node:url').pathToFileURL(script).href)
}
