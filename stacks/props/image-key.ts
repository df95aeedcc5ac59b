/** The image key of an account and Region. */

import { type Audience, audienceConditions } from "../../config/audience";
import {
  aliasArn,
  autoScalingRoleArn,
  imageBuilderRoleArn,
  inspectorRoleArn,
  permissionSetRoleArn,
  roleArn,
  rootArn,
} from "../../config/aws/arns";
import type { Account, VersionedFactory } from "../../config/model";
import { AUTO_SCALING_GRANT_NAME, executionRoleName, IMAGE_KEY_ALIAS } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { AutoScalingGrantProps } from "../../modules/keys/auto-scaling-grant";
import type { ImageKeyProps } from "../../modules/keys/image-key";
import { needsExecutionRole } from "./execution-role";
import { buildablesIn, containersIn } from "./region";

/**
 * Audiences of the images that an account builds in a Region or copies to it. An app account's
 * images are for itself.
 */
function audiencesIn({ shared }: VersionedFactory, account: Account, region: string): Audience[] {
  if (account !== shared) return [{ kind: "accounts", accounts: [account.id] }];
  return account.images
    .filter(({ regions, copyToRegions }) => [...regions, ...copyToRegions].includes(region))
    .flatMap(({ channels }) => channels.map(({ audience }) => audience));
}

/** Patterns of role ARNs. In app accounts, only IAM policies decide who administers the key. */
function administrators(
  { shared, keyAdministrators }: VersionedFactory,
  account: Account,
  at: AccountRegion,
): string[] {
  if (account !== shared) return [];
  const { permissionSets, roles } = keyAdministrators;
  return [
    ...permissionSets.map((name) => permissionSetRoleArn(at, name)),
    ...roles.map((name) => roleArn(at, name)),
  ];
}

/**
 * ARNs of the roles that Image Builder uses for builds in the Region, and for builds elsewhere that
 * are copied to it.
 */
function imageBuilderRoleArns(account: Account, at: AccountRegion): string[] {
  const { region } = at;
  const buildsHere = buildablesIn(account, region).some(needsExecutionRole);
  const sourceRegions = account.images
    .filter((image) => image.copyToRegions.includes(region) && needsExecutionRole(image))
    .flatMap(({ regions }) => regions);
  const executionRegions = new Set([...(buildsHere ? [region] : []), ...sourceRegions]);
  return [
    imageBuilderRoleArn(at),
    ...[...executionRegions].map((name) => roleArn(at, executionRoleName(name))),
  ];
}

/** Returns whether a channel of an image in the Region limits what Amazon Inspector may find. */
function isScanned(account: Account, region: string): boolean {
  return buildablesIn(account, region).some(({ channels }) =>
    channels.some(({ findings }) => findings !== undefined),
  );
}

export function imageKeyProps(
  at: AccountRegion,
  factory: VersionedFactory,
  account: Account,
): ImageKeyProps {
  const audiences = audiencesIn(factory, account, at.region);
  const isInAudience = audiences.some(
    (audience) => audience.kind === "accounts" && audience.accounts.includes(account.id),
  );
  return {
    alias: IMAGE_KEY_ALIAS,
    region: at.region,
    rootArn: rootArn(at),
    imageBuilderRoleArns: isInAudience ? [] : imageBuilderRoleArns(account, at),
    inspectorRoleArn:
      !isInAudience && isScanned(account, at.region) ? inspectorRoleArn(at) : undefined,
    encryptsRepositories: containersIn(account, at.region).length > 0,
    administrators: administrators(factory, account, at),
    audience: audienceConditions(audiences, factory.organization),
    // Terraform reads `$${` as `${`, so AWS gets a policy variable.
    autoScalingRoleArn: autoScalingRoleArn({ ...at, accountId: "$${aws:PrincipalAccount}" }),
    protect: factory.protect,
  };
}

/** The grant that an app account creates for the shared account's key in the same Region. */
export function autoScalingGrantProps(at: AccountRegion, shared: Account): AutoScalingGrantProps {
  return {
    name: AUTO_SCALING_GRANT_NAME,
    keyAliasArn: aliasArn({ ...at, accountId: shared.id }, IMAGE_KEY_ALIAS),
    autoScalingRoleArn: autoScalingRoleArn(at),
    rootArn: rootArn(at),
  };
}
