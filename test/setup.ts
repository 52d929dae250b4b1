// Before every test file: what the apps of a test answer must be what their OpenAPI document says.
import { afterEach } from 'vitest'
import { expectAsDocumented } from './support/departures.ts'

afterEach(expectAsDocumented)
