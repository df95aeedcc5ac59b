/** Helpers for the proofs about the permissions of roles. */
import { deepStrictEqual } from "node:assert";
import { buildablesOf, type Container, type Image } from "../../../../config/model";
import type { Context, Document, Principal } from "../../../iam/evaluate";
import type { Resource } from "../../../iam/resolved-stacks";
import { keyKind, type PolicyFixture } from "../../policy-fixture";
import { DIGEST, FIND_ACTIONS, ownerOf } from "../support";

/** The images and containers that are built in a role's account and Region. */
export function buildablesFor(fixture: PolicyFixture, role: Resource): (Image | Container)[] {
  const buildables = buildablesOf(ownerOf(fixture, role));
  return buildables.filter(({ regions }) => regions.includes(role.region));
}

/** Lists the actions of a service that a principal may perform on a resource. */
export type Actions = (service: string, resource: string, context?: Context) => string[];

export function actionsOf(fixture: PolicyFixture, by: Principal, account: string): Actions {
  return (service, resource, context = {}) =>
    fixture.allowed(service, by, resource, account, context);
}

/** The actions that statements of policies name. */
export function actionsIn(documents: readonly Document[]): string[] {
  return documents.flatMap(({ Statement }) => Statement.flatMap(({ Action = [] }) => Action));
}

/**
 * A role may decrypt with the data key; with the image key only what its audience may, and nothing
 * with the key that signs.
 */
export function checkKeys(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  for (const key of fixture.stacks.resourcesOf("aws_kms_key", role.stack)) {
    const kind = keyKind(key);
    if (kind === "signing" && role.config.name.includes("-recorder-")) continue;
    const find = kind === "image" && fixture.isMember(role.account, key) ? FIND_ACTIONS : [];
    deepStrictEqual(
      actions("kms", fixture.stacks.arnOf(key), DIGEST),
      kind === "data" ? ["Decrypt", "GenerateDataKey"] : find,
      `${role.config.name} on ${key.config.description}`,
    );
  }
}

export function checkNothing(actions: Actions, ...services: string[]): void {
  for (const service of services) deepStrictEqual(actions(service, "*"), [], service);
}
