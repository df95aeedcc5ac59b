import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import type { Share, Shares } from "./shares";

const PERMISSION =
  /^arn:aws:ram::aws:permission\/AWSRAMDefaultPermissionImageBuilder(Image|ImageRecipe|Component)$/;

/** The operations on shares themselves. */
export function shareHandlers(shares: Shares): Handlers {
  return {
    CreateResourceShare: (input, caller) => create(shares, input, caller),
    GetResourceShares: (input, caller) => list(shares, input, caller),
    DeleteResourceShare: ({ resourceShareArn }, caller) => {
      shares.delete(shares.findOwned(resourceShareArn, caller));
      return { returnValue: true };
    },
    ListResourceSharePermissions: (input, caller) => {
      const { permissionArns } = shares.findOwned(input["resourceShareArn"], caller);
      const { items, ...token } = page(permissionArns, input, 20);
      return {
        permissions: items.map((arn) => ({
          arn,
          version: "1",
          defaultVersion: true,
          name: arn.split("/").at(-1),
        })),
        ...token,
      };
    },
    TagResource: ({ resourceShareArn, tags }, caller) => {
      const share = shares.findOwned(resourceShareArn, caller);
      for (const { key, value } of tags as { key: string; value: string }[])
        share.tags.set(key, value);
      return {};
    },
    UntagResource: ({ resourceShareArn, tagKeys }, caller) => {
      const share = shares.findOwned(resourceShareArn, caller);
      for (const key of tagKeys as string[]) share.tags.delete(key);
      return {};
    },
  };
}

function create(shares: Shares, input: Input, caller: Caller): object {
  const {
    name,
    permissionArns = [],
    allowExternalPrincipals = true,
    tags = [],
    ...rest
  } = input as {
    readonly name: string;
    readonly permissionArns?: readonly string[];
    readonly allowExternalPrincipals?: boolean;
    readonly tags?: readonly { readonly key: string; readonly value: string }[];
  };
  const { clientToken: _token, ...others } = rest as Input;
  if (Object.keys(others).length > 0)
    throw new Fault(
      "NotImplementedException",
      `CreateResourceShare with ${Object.keys(others)} is not emulated`,
      501,
    );
  const unknown = permissionArns.find((arn) => !PERMISSION.test(arn));
  if (unknown)
    throw new Fault("UnknownResourceException", `Permission ${unknown} could not be found.`);
  const share = shares.create(
    {
      name,
      permissionArns,
      allowExternalPrincipals,
      tags: new Map(tags.map(({ key, value }) => [key, value])),
    },
    caller,
  );
  return { resourceShare: describeShare(share) };
}

function list(shares: Shares, input: Input, caller: Caller): object {
  const {
    resourceOwner,
    resourceShareArns,
    name,
    resourceShareStatus,
    tagFilters = [],
  } = input as {
    readonly resourceOwner: string;
    readonly resourceShareArns?: readonly string[];
    readonly name?: string;
    readonly resourceShareStatus?: string;
    readonly tagFilters?: readonly {
      readonly tagKey: string;
      readonly tagValues?: readonly string[];
    }[];
  };
  if (resourceOwner !== "SELF")
    throw new Fault("NotImplementedException", `shares of ${resourceOwner} are not emulated`, 501);
  const found = shares.listed(caller).filter(
    (share) =>
      (resourceShareArns?.includes(share.arn) ?? true) &&
      (name ?? share.name) === share.name &&
      (resourceShareStatus ?? share.status) === share.status &&
      tagFilters.every(({ tagKey, tagValues = [] }) => {
        const value = share.tags.get(tagKey);
        return value !== undefined && (tagValues.length === 0 || tagValues.includes(value));
      }),
  );
  const { items, ...token } = page(found, input, 20);
  return { resourceShares: items.map(describeShare), ...token };
}

/** A share as RAM describes it, with times in seconds. */
function describeShare({
  arn,
  name,
  owner,
  allowExternalPrincipals,
  status,
  tags,
  createdAt,
}: Share): object {
  return {
    resourceShareArn: arn,
    name,
    owningAccountId: owner,
    allowExternalPrincipals,
    status,
    tags: [...tags].map(([key, value]) => ({ key, value })),
    creationTime: createdAt / 1_000,
    lastUpdatedTime: createdAt / 1_000,
    featureSet: "STANDARD",
  };
}
