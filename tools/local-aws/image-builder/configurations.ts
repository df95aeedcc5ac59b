import type { Handlers } from "../protocol/emulator";
import type { Input } from "../protocol/rest-json";
import { getAndDelete, update } from "./common-operations";
import { assertMatches, assertNameFits } from "./patterns";
import { arnOf, type Resources } from "./resources";

/** A pattern of the model, like those in `patterns.ts`. */
const TOPIC = /^arn:aws[^:]*:sns:[^:]+:[0-9]{12}:[a-zA-Z0-9-_]{1,256}$/;

/** The operations on infrastructure and distribution configurations and lifecycle policies. */
export function configurationHandlers(resources: Resources): Handlers {
  return {
    ...handlersOf(
      resources,
      "infrastructure-configuration",
      "InfrastructureConfiguration",
      "infrastructureConfiguration",
    ),
    ...handlersOf(
      resources,
      "distribution-configuration",
      "DistributionConfiguration",
      "distributionConfiguration",
      { timeoutMinutes: 720 },
    ),
    ...handlersOf(resources, "lifecycle-policy", "LifecyclePolicy", "lifecyclePolicy"),
    // The dates of a lifecycle policy are numbers; those of all other resources are texts.
    GetLifecyclePolicy: ({ lifecyclePolicyArn: arn }, caller) => ({
      lifecyclePolicy: { ...resources.get(arn, caller), dateCreated: 0, dateUpdated: 0 },
    }),
  };
}

/** The operations of resources that differ only in their name. */
function handlersOf(
  resources: Resources,
  kind: string,
  operation: string,
  member: string,
  defaults: Input = {},
): Handlers {
  const arnMember = `${member}Arn`;
  return {
    [`Create${operation}`]: (input, caller) => {
      assertNameFits(input);
      if (input["snsTopicArn"] !== undefined)
        assertMatches("snsTopicArn", input["snsTopicArn"], TOPIC);
      const arn = arnOf(kind, input["name"], caller);
      resources.create(arn, { ...defaults, ...input });
      return { [arnMember]: arn };
    },
    [`Update${operation}`]: update(resources, arnMember),
    ...getAndDelete(resources, operation, member),
  };
}
