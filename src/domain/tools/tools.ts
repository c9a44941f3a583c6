import { detectSecrets } from './detectSecrets.ts'
import { sonarqube } from './sonarqube.ts'
import type { Tool, ToolName } from './tool.ts'
import { trivy } from './trivy.ts'

/** The tools that Periplus knows, by the name a definition gives them. */
export const TOOLS: Readonly<Record<ToolName, Tool>> = { 'detect-secrets': detectSecrets, trivy, sonarqube }

/** Programs that an engine on a host may have, and tools need. */
export const TOOL_PROGRAMS: readonly string[] = [
  ...new Set(Object.values(TOOLS).flatMap(({ programs }) => programs)),
]
