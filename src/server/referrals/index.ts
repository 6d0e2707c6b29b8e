/** Who is asked to help, and what a network of helpers would do: deciding, and simulating it. */
export { decide } from './decide.ts'
export type { Candidate, Decision, Judged, NeededHelp, RuleAnswer } from './decide.ts'
export { firstPolicy } from './policy.ts'
export type { Policy } from './policy.ts'
export { exampleScenario } from './simulation/example.ts'
export { Scenario, withOneMore } from './simulation/scenario.ts'
export { simulate } from './simulation/simulate.ts'
export type { Simulated, Times } from './simulation/simulate.ts'
