/** The accounts that can see, launch and decrypt an image are the same accounts. */
import { deepStrictEqual, ok } from "node:assert";
import { buildablesOf, type VersionedFactory } from "../../../config/model";
import type { Manifest } from "../../../contract/manifest";
import type { Principal } from "../../iam/evaluate";
import type { ResolvedStacks, Resource } from "../../iam/resolved-stacks";
import {
  ALLOW_ALL,
  isInAudience,
  type PolicyFixture,
  principal,
  type TestAccount,
} from "../policy-fixture";
import { checkEach, manifestOf, type Proof, viaEc2 } from "./support";

const PULL_ACTIONS = [
  "BatchCheckLayerAvailability",
  "BatchGetImage",
  "DescribeImages",
  "GetDownloadUrlForLayer",
];

function principalsOf(stacks: ResolvedStacks, share: Resource): string[] {
  return stacks
    .resourcesOf("aws_ram_principal_association", share.stack)
    .filter(({ config }) => config.resource_share_arn === stacks.arnOf(share))
    .map(({ config }) => config.principal);
}

/** The accounts that principals of a share, or of a launch permission, stand for. */
function membersOf(principals: readonly string[], accounts: readonly TestAccount[]): TestAccount[] {
  return accounts.filter((account) =>
    principals.some((named) => {
      const [, organization, unit] = named.split("/");
      if (named.includes(":organization/")) return account.organization === organization;
      if (named.includes(":ou/"))
        return account.organization === organization && account.units.some((id) => id === unit);
      return named === account.account;
    }),
  );
}

function unrestrictedRole(of: TestAccount): Principal {
  return principal(of, `arn:aws:iam::${of.account}:role/x`, ALLOW_ALL);
}

function checkShares({ stacks, factory, accounts }: PolicyFixture, region: string): void {
  const stack = `shared-${region}`;
  const channels = buildablesOf(factory.shared)
    .filter(({ regions }) => regions.includes(region))
    .flatMap(({ name, channels: ofImage }) =>
      ofImage.map((channel) => ({ image: name, ...channel })),
    );
  const shares = stacks.resourcesOf("aws_ram_resource_share", stack);
  deepStrictEqual(shares.length, channels.length, `${stack} must have one share per channel`);
  const manifest = manifestOf(stacks, stack);
  for (const { image, name, audience, keep, bakeHours, approval } of channels) {
    const [share, ...others] = shares.filter(
      ({ config: { tags } }) =>
        tags["golden-image:image"] === image && tags["golden-image:channel"] === name,
    );
    ok(share && others.length === 0, `${image}/${name} must have one share`);
    deepStrictEqual(share.config.allow_external_principals, false);
    const principals = principalsOf(stacks, share);
    const expected = accounts.filter((account) =>
      isInAudience(audience, account, factory.organization.id),
    );
    deepStrictEqual(
      membersOf(principals, accounts),
      expected,
      `${image}/${name}: RAM must share with the audience`,
    );
    const inManifest = manifest.images[image]?.channels[name];
    ok(inManifest, `${image}/${name} must be in the manifest`);
    deepStrictEqual(
      [inManifest.share, inManifest.keep, inManifest.bakeHours, inManifest.approval],
      [stacks.arnOf(share), keep, bakeHours, approval],
    );
    deepStrictEqual(
      manifest.audiences[inManifest.audience],
      principals.toSorted(),
      `${image}/${name}: the launch permission must be for the share's principals`,
    );
  }
  checkNothingElse(manifest, factory, region);
}

/** The manifest contains the images and containers of its Region, their channels, and no more. */
function checkNothingElse(manifest: Manifest, factory: VersionedFactory, region: string): void {
  const expected = buildablesOf(factory.shared)
    .filter(({ regions }) => regions.includes(region))
    .map(({ name, parent, channels }) => [
      name,
      parent.kind === "golden" ? parent.name : undefined,
      channels.map((channel) => channel.name).sort(),
    ]);
  const actual = Object.entries(manifest.images).map(([name, { parent, channels }]) => [
    name,
    parent,
    Object.keys(channels).sort(),
  ]);
  deepStrictEqual(actual.sort(), expected.sort());
  const audiences = Object.values(manifest.images).flatMap(({ channels }) =>
    Object.values(channels).map(({ audience }) => audience),
  );
  deepStrictEqual(Object.keys(manifest.audiences).sort(), [...new Set(audiences)].sort());
}

/** The shares of the images that an image key encrypts: built in its Region, or copied to it. */
function sharesEncryptedWith({ stacks, factory }: PolicyFixture, key: Resource): Resource[] {
  const { images } = factory.shared;
  const isMachineImage = (name: string): boolean => images.some((image) => image.name === name);
  const isCopied = (name: string): boolean =>
    images.some((image) => image.name === name && image.copyToRegions.includes(key.region));
  return stacks.resourcesOf("aws_ram_resource_share").filter(({ stack, config }) => {
    const image = config.tags["golden-image:image"];
    return isMachineImage(image) && (stack === key.stack || isCopied(image));
  });
}

export const AUDIENCE: readonly Proof[] = [
  {
    name: "RAM shares an image with its channel's audience, and the manifest gives the launch permission to the same principals",
    check: (fixture) => {
      for (const { name } of fixture.factory.shared.regions) checkShares(fixture, name);
    },
  },
  {
    name: "exactly the accounts that see an image of a Region can decrypt with the image key of that Region",
    check: (fixture) => {
      const { stacks, factory, accounts } = fixture;
      const keys = fixture.keys("image").filter(({ account }) => account === factory.shared.id);
      checkEach(keys, (key) => {
        const principals = sharesEncryptedWith(fixture, key).flatMap((share) =>
          principalsOf(stacks, share),
        );
        const context = viaEc2(key.region);
        const canDecrypt = accounts.filter((account) =>
          fixture
            .allowed("kms", unrestrictedRole(account), stacks.arnOf(key), key.account, context)
            .includes("Decrypt"),
        );
        deepStrictEqual(canDecrypt, membersOf(principals, accounts), key.stack);
      });
    },
  },
  {
    name: "exactly the accounts that see a container can pull it, and other accounts can do nothing else with it",
    check: (fixture) => {
      const { stacks, factory, accounts } = fixture;
      const containers = [factory.shared, ...factory.apps].flatMap(
        ({ id, containers: ofAccount }) =>
          ofAccount.flatMap(({ name, regions, channels }) =>
            regions.map((region) => ({ id, name, region, channels })),
          ),
      );
      const repositories = stacks.resourcesOf("aws_ecr_repository");
      deepStrictEqual(
        repositories.length,
        containers.length,
        "there must be one repository per container and Region",
      );
      for (const { id, name, region, channels } of containers) {
        const arn = `arn:aws:ecr:${region}:${id}:repository/golden-image-factory/${name}`;
        ok(
          repositories.some((repository) => stacks.arnOf(repository) === arn),
          `the repository ${arn} must exist`,
        );
        for (const account of accounts) {
          if (account.account === id) continue;
          const isShared = channels.some(({ audience }) =>
            isInAudience(audience, account, factory.organization.id),
          );
          deepStrictEqual(
            fixture.allowed("ecr", unrestrictedRole(account), arn, id),
            isShared ? PULL_ACTIONS : [],
            `${account.account} on ${arn}`,
          );
        }
      }
    },
  },
];
