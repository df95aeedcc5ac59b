/** The instances of failed builds, and the builds that lifecycle policies keep. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf, type Container, type Image } from "../../../config/model";
import type { Resource } from "../../iam/resolved-stacks";
import type { PolicyFixture } from "../policy-fixture";
import { checkEach, ownerOf, type Proof } from "./support";

/** The image or container that a resource is named after. */
function buildableOf(fixture: PolicyFixture, resource: Resource): Image | Container {
  const owner = ownerOf(fixture, resource);
  const found = buildablesOf(owner).find(({ name }) => name === resource.config.name);
  ok(found, resource.config.name);
  return found;
}

const FAILED_BUILDS: Proof = {
  name: "the instance of a failed build is terminated, unless its image keeps it",
  check: (fixture) => {
    const all = fixture.stacks.resourcesOf("aws_imagebuilder_infrastructure_configuration");
    checkEach(all, (infrastructure) =>
      deepStrictEqual(
        infrastructure.config.terminate_instance_on_failure,
        !buildableOf(fixture, infrastructure).keepFailedInstances,
        infrastructure.config.name,
      ),
    );
  },
};

const KEPT_BUILDS: Proof = {
  name: "a lifecycle policy keeps at least as many builds as each channel shares",
  check: (fixture) => {
    for (const policy of fixture.stacks.resourcesOf("aws_imagebuilder_lifecycle_policy")) {
      const [{ type, value, retain_at_least: minimum }] = policy.config.policy_detail[0].filter;
      const kept = type === "COUNT" ? value : minimum;
      for (const { keep } of buildableOf(fixture, policy).channels)
        ok(kept >= keep, `${policy.config.name} keeps ${kept} builds, a channel ${keep}`);
    }
  },
};

export const LIFECYCLE: readonly Proof[] = [FAILED_BUILDS, KEPT_BUILDS];
