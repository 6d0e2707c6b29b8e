/** Who is asked to help, and what a network of helpers would do. Deciding is not asked by a page yet: the simulation runs on it. */
export { firstPolicy } from './policy.ts'
export { exampleScenario } from './simulation/example.ts'
export { Scenario, withOneMore } from './simulation/scenario.ts'
export { simulate } from './simulation/simulate.ts'
export type { Simulated, Times } from './simulation/simulate.ts'
export { SUMMARY_LENGTH_MAX, summarise, type KnownNames } from './summarise.ts'
