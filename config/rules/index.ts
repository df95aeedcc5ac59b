import type { Problem } from "../problems";
import { accountRules } from "./accounts";
import { buildAccessRules } from "./build-access";
import { buildStartRules } from "./build-starts";
import { channelRules } from "./channels";
import { componentRules } from "./components";
import { containerRules } from "./containers";
import { imageRules } from "./images";
import { knownNameRules } from "./known-names";
import { nameAndDescriptionRules } from "./names-and-descriptions";
import { operatingSystemRules } from "./operating-systems";
import { outputRules } from "./outputs";
import { parentRules } from "./parents";
import { quotaRules } from "./quotas";
import { retentionRules } from "./retention";
import type { Rule, RuleContext } from "./rule";
import { volumeRules } from "./volumes";
import { workflowCompositionRules } from "./workflow-composition";
import { workflowRules } from "./workflows";

/** Every rule, in the order in which problems are reported. */
export const RULES: readonly Rule[] = [
  ...accountRules,
  ...quotaRules,
  ...imageRules,
  ...retentionRules,
  ...buildStartRules,
  ...channelRules,
  ...nameAndDescriptionRules,
  ...operatingSystemRules,
  ...volumeRules,
  ...outputRules,
  ...parentRules,
  ...componentRules,
  ...buildAccessRules,
  ...containerRules,
  ...workflowRules,
  ...workflowCompositionRules,
  ...knownNameRules,
];

export function checkRules(context: RuleContext): Problem[] {
  return RULES.flatMap((rule) => rule.check(context));
}
