/** The resource shares. */
import { actionsIf, type Expectation, expectation, TAG_ACTIONS } from "./expectation";
import type { Scope } from "./scope";

const IMAGE_TAG = "golden-image:image";

/**
 * Only the shared account has shares. The updater, and not the deploy role, changes their builds.
 */
export function shareExpectations({ isShared, arn }: Scope): Expectation[] {
  const share = arn("ram", "resource-share/1");
  const tagged = { [`aws:ResourceTag/${IMAGE_TAG}`]: "base" };
  const newTag = { [`aws:RequestTag/${IMAGE_TAG}`]: "base" };
  const external = "ram:RequestedAllowsExternalPrincipals";
  const changes = ["DeleteResourceShare", ...TAG_ACTIONS, "UpdateResourceShare"];
  const principalChanges = ["AssociateResourceShare", "DisassociateResourceShare"];
  return [
    expectation("ram", share, {
      context: tagged,
      writes: actionsIf(isShared, [...changes, ...principalChanges]),
      reads: [
        "GetResourceShareAssociations",
        "GetResourceShares",
        ...actionsIf(isShared, ["ListResourceSharePermissions"]),
      ],
    }),
    expectation("ram", share, {
      context: { ...tagged, "ram:ResourceArn": "x" },
      writes: actionsIf(isShared, changes),
    }),
    expectation("ram", share, { writes: actionsIf(isShared, TAG_ACTIONS) }),
    expectation("ram", "*", {
      context: { [external]: "false", ...newTag },
      writes: actionsIf(isShared, ["CreateResourceShare"]),
    }),
    expectation("ram", "*", { context: { [external]: "true", ...newTag } }),
    expectation("ram", "*", { context: { [external]: "false" } }),
  ];
}
