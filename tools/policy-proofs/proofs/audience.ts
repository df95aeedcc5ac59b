/** That who sees, who launches and who decrypts are the same. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import { buildablesOf } from "../../../config/model";
import { isLaunchPrincipal } from "../../../lambda/share-updater/adapters";
import type { Policies, Resource } from "../../iam/world";
import { ANYTHING, isMeant, type Onlooker, principal } from "../policy-fixture";
import { each, type Proof, viaEc2 } from "./support";

export const AUDIENCE: readonly Proof[] = [
  {
    name: "who sees an image by RAM, and who is given the launch permission, is who its audience is, channel by channel",
    check: ({ world, factory, onlookers }) => {
      const { id } = factory.organization;
      for (const { name: region } of factory.shared.regions) {
        const stack = `shared-${region}`;
        const images = buildablesOf(factory.shared).filter(({ regions }) =>
          regions.includes(region),
        );
        const wanted = images.flatMap(({ name, channels }) =>
          channels.map((channel) => ({ image: name, channel })),
        );
        const shares = world.of("aws_ram_resource_share", stack);
        mustEqual(shares.length, wanted.length, `${stack} has a share for each channel`);
        for (const { image, channel } of wanted) {
          const its = shares.filter(
            ({ config: { tags } }) =>
              tags["golden-image:image"] === image && tags["golden-image:channel"] === channel.name,
          );
          const [share] = its;
          ok(share && its.length === 1, `${image}/${channel.name} has one share`);
          mustEqual(share.config.allow_external_principals, false);
          const principals = principalsOf(world, share);
          const audience = onlookers.filter((who) => isMeant(channel.audience, who, id));
          mustEqual(
            membersOf(principals, onlookers),
            audience,
            `who sees ${image}/${channel.name}`,
          );
          mustEqual(
            membersOf(principals.filter(isLaunchPrincipal), onlookers),
            audience,
            `who launches ${image}/${channel.name}`,
          );
        }
      }
    },
  },
  {
    name: "all who see an image of a Region, and nobody else, can use the Region's one key",
    check: (subject) => {
      const { world, factory, onlookers } = subject;
      const keys = subject.keys("image").filter(({ account }) => account === factory.shared.id);
      each(keys, (key) => {
        // Of what is baked in the key's Region, and of what is copied there.
        const landing = factory.shared.images.filter(({ copyToRegions }) =>
          copyToRegions.includes(key.region),
        );
        const isImage = (name: string): boolean =>
          factory.shared.images.some((image) => image.name === name);
        const shares = world.of("aws_ram_resource_share").filter(({ stack, config }) => {
          const { "golden-image:image": image } = config.tags;
          return (
            isImage(image) && (stack === key.stack || landing.some(({ name }) => name === image))
          );
        });
        const seers = membersOf(
          shares.flatMap((share) => principalsOf(world, share)),
          onlookers,
        );
        const users = onlookers.filter((who) => {
          const asks = principal(who, `arn:aws:iam::${who.account}:role/x`, ANYTHING);
          return subject
            .allowed("kms", asks, world.arnOf(key), key.account, viaEc2(key.region))
            .includes("Decrypt");
        });
        mustEqual(users, seers, key.stack);
      });
    },
  },
  {
    name: "all who see a container, and nobody else, can pull it, and nobody outside its account can do more to it",
    check: (subject) => {
      const { world, factory, onlookers } = subject;
      const accounts = [factory.shared, ...factory.apps];
      const wanted = accounts.flatMap(({ id, containers }) =>
        containers.flatMap(({ name, regions, channels }) =>
          regions.map((region) => ({ id, name, region, channels })),
        ),
      );
      mustEqual(
        world.of("aws_ecr_repository").length,
        wanted.length,
        "there is a repository for each container and Region",
      );
      for (const { id, name, region, channels } of wanted) {
        const arn = `arn:aws:ecr:${region}:${id}:repository/golden-image-factory/${name}`;
        ok(
          world.of("aws_ecr_repository").some((repository) => world.arnOf(repository) === arn),
          arn,
        );
        for (const who of onlookers) {
          if (who.account === id) continue;
          const sees = channels.some(({ audience }) =>
            isMeant(audience, who, factory.organization.id),
          );
          const asks = principal(who, `arn:aws:iam::${who.account}:role/x`, ANYTHING);
          mustEqual(
            subject.allowed("ecr", asks, arn, id),
            sees ? PULL : [],
            `${who.account} of ${arn}`,
          );
        }
      }
    },
  },
];

const PULL = [
  "BatchCheckLayerAvailability",
  "BatchGetImage",
  "DescribeImages",
  "GetDownloadUrlForLayer",
];

function principalsOf(world: Policies, share: Resource): string[] {
  return world
    .of("aws_ram_principal_association", share.stack)
    .filter(({ config }) => config.resource_share_arn === world.arnOf(share))
    .map(({ config }) => config.principal);
}

/** Those that RAM, or a launch permission, means by its principals. */
function membersOf(principals: readonly string[], onlookers: readonly Onlooker[]): Onlooker[] {
  return onlookers.filter((who) =>
    principals.some((named) => {
      const last = named.split("/").at(-1) ?? "";
      if (named.includes(":organization/")) return who.organization === last;
      if (named.includes(":ou/"))
        return who.organization === named.split("/").at(-2) && who.units.includes(last);
      return named === who.account;
    }),
  );
}
