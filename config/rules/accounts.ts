import { partitionOf } from "../aws/arns";
import type { Image } from "../model";
import { appStackId, isReservedAppName } from "../names";
import { dotted } from "../problems";
import {
  accounts,
  appAccounts,
  listOf,
  type Rule,
  type RuleContext,
  rule,
  wholeFile,
} from "./rule";

/**
 * Maximum length of an HCP Terraform workspace's name, and of a folder's name with room for its
 * path.
 */
const MAX_STACK_NAME = { cloud: 90, other: 200 };

function landsIn({ regions, copyToRegions }: Image, region: string): boolean {
  return [...regions, ...copyToRegions].includes(region);
}

/** Regions in which golden images are built or copied to. */
function goldenRegions({ shared, goldenImages }: RuleContext): string[] {
  const copies = goldenImages.flatMap(({ copyToRegions }) => copyToRegions);
  return [...new Set([...shared.regions, ...copies])];
}

export const accountRules: readonly Rule[] = [
  rule({
    id: "account-id-unique",
    description: "Each account appears once: a stack belongs to one account.",
    each: accounts,
    check({ id, path }, report, context) {
      const first = context.accounts.find((account) => account.id === id);
      if (first && first.path !== path)
        report("id", `is already the ID of ${dotted(first.path)}`, id);
    },
  }),
  rule({
    id: "app-name-not-reserved",
    description: "The names of app accounts don't collide with the names of the factory's stacks.",
    each: appAccounts,
    check({ name }, report) {
      if (isReservedAppName(name))
        report(
          [],
          "must not be called shared or state, or start with shared- or state-, because stacks have these names",
        );
    },
  }),
  rule({
    id: "one-partition",
    description: "All Regions are in one AWS partition: RAM and IAM don't cross partitions.",
    each: wholeFile,
    check(_, report, { file: { state }, accounts: all }) {
      const regions = [
        ...(state.backend === "s3" ? [{ path: ["state", "region"], region: state.region }] : []),
        ...all.flatMap(({ path, regions: own }) =>
          own.map((region) => ({ path: [...path, "regions", region], region })),
        ),
      ];
      const [first] = regions;
      for (const { path, region } of regions) {
        if (first && partitionOf(region) !== partitionOf(first.region))
          report(
            path,
            `must be in the same partition as the other Regions: ${region} is in ${partitionOf(region)}, ${first.region} is in ${partitionOf(first.region)}`,
          );
      }
    },
  }),
  rule({
    id: "deploy-role-without-ci",
    description: "deployRole and ci exclude each other: GitHub Actions assumes the roles of ci.",
    each: accounts,
    check({ deployRole }, report, { file }) {
      if (file.ci && deployRole !== undefined)
        report(
          "deployRole",
          "can't be combined with ci, which creates its own roles: remove one of them",
          deployRole,
        );
    },
  }),
  rule({
    id: "ci-needs-s3-state",
    description:
      "ci needs state in Amazon S3, because its roles are created together with the state buckets.",
    each: wholeFile,
    check(_, report, { file: { ci, state } }) {
      if (ci && state.backend !== "s3")
        report(
          "ci",
          "requires state.backend: s3, because its roles are created together with the state buckets",
          state.backend,
        );
    },
  }),
  rule({
    id: "app-account-used",
    severity: "warning",
    description:
      "An app account builds something, runs golden images with Auto Scaling, or lets operators look at its instances. Otherwise its stack has no use.",
    each: appAccounts,
    check({ name }, report, { appsWithImages, file }) {
      const { autoScaling, fleet } = file.appAccounts[name] ?? {};
      if (!appsWithImages.has(name) && !autoScaling && !fleet)
        report(
          [],
          "has no images and no containers, and neither autoScaling nor fleet is true, so its stacks have no use, but their keys cost money. Remove the account. To let it use a golden image, add it to a channel's principals",
        );
    },
  }),
  rule({
    id: "auto-scaling-has-images",
    description:
      "autoScaling requires golden images in each Region of the account: the account creates a KMS grant on the shared account's image key, and only Regions with golden images have this key.",
    each: appAccounts,
    check({ name, regions }, report, context) {
      if (!context.file.appAccounts[name]?.autoScaling || !context.allGoldenResolved) return;
      const known = goldenRegions(context);
      for (const region of regions) {
        if (!known.includes(region))
          report(
            ["regions", region],
            `must be a Region in which golden images are built or to which they are copied (${listOf(known)}), because autoScaling is true`,
          );
      }
    },
  }),
  rule({
    id: "auto-scaling-in-audience",
    description:
      "autoScaling is for accounts in the audience of a channel: only they may use the image key.",
    each: appAccounts,
    check({ name, id, regions }, report, context) {
      if (!context.file.appAccounts[name]?.autoScaling || !context.allGoldenResolved) return;
      for (const region of regions.filter((one) => goldenRegions(context).includes(one))) {
        const images = context.goldenImages.filter((image) => landsIn(image, region));
        const audiences = images.flatMap(({ channels }) =>
          channels.map(({ audience }) => audience),
        );
        const isIn = audiences.some(
          (audience) => audience.kind !== "accounts" || audience.accounts.includes(id),
        );
        if (!isIn)
          report(
            "autoScaling",
            `requires a channel for this account: add ${id} to a channel of an image in ${region}`,
          );
      }
    },
  }),
  rule({
    id: "fleet-needs-operators",
    description:
      "fleet requires sharedAccount.operators: the role that it creates trusts these principals only.",
    each: appAccounts,
    check({ name }, report, { file }) {
      if (file.appAccounts[name]?.fleet && file.sharedAccount.operators.length === 0)
        report(
          "fleet",
          "requires sharedAccount.operators: list the ARNs of the roles that run `factory fleet`",
        );
    },
  }),
  rule({
    id: "operators-partition",
    description: "Operators are in the partition of the Regions: IAM doesn't cross partitions.",
    each: wholeFile,
    check(_, report, { file: { sharedAccount }, accounts: all }) {
      const [region] = all.flatMap(({ regions }) => regions);
      if (region === undefined) return;
      const partition = partitionOf(region);
      for (const [index, operator] of sharedAccount.operators.entries())
        if (operator.split(":")[1] !== partition)
          report(
            ["sharedAccount", "operators", index],
            `must be in the partition of the Regions, ${partition}`,
            operator,
          );
    },
  }),
  rule({
    id: "app-stack-name-length",
    description: "The names of an app account's stacks fit into a workspace or folder name.",
    each: appAccounts,
    check({ name, regions }, report, { file: { state } }) {
      const isCloud = state.backend === "cloud";
      const max = isCloud ? MAX_STACK_NAME.cloud : MAX_STACK_NAME.other;
      const kind = isCloud ? "workspace" : "stack";
      for (const stack of regions.map((region) => appStackId(name, region))) {
        if (stack.length > max)
          report(
            [],
            `is too long: its ${kind} '${stack}' has ${stack.length} characters, at most ${max} are allowed`,
          );
      }
    },
  }),
];
