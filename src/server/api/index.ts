/** The API for other programs (docs/api.md): addresses, order of checks, answers. Nothing here is done that a command below does not do. */
export { openApi } from './open-api.ts'
export { limitTokens } from './limit-tokens.ts'
export { EdgeRefusal } from './problem.ts'
export { forgetAnswers, forgetAnswersAbout } from './once.ts'
