/** Checks the shares that stacks create. Before the first deployment it doesn't apply. */
import { sharePrincipals } from "../../../../config/audience";
import { shareName } from "../../../../config/names";
import { required } from "../../../../contract/required";
import { factoryCommand } from "../../../factory-command";
import { check, failed, notApplicable, type Observation, type Target, warning } from "../../check";
import { findEach } from "../../find-each";
import { NOT_DEPLOYED, reasonOf } from "./messages";

type ShareCalls = "ram:GetResourceShareAssociations" | "ram:GetResourceShares";

export const shares = check({
  id: "shares",
  title: "The share of each channel is active, and its principals and builds are associated",
  scope: "region",
  accounts: "shared",
  calls: ["ram:GetResourceShareAssociations", "ram:GetResourceShares"],
  async run(target) {
    const {
      factory,
      buildables,
      at: { region },
      pages,
    } = target;
    const channels = buildables.flatMap(({ name: image, channels }) =>
      channels.map((channel) => ({ image, name: shareName(image, channel.name), channel })),
    );
    if (channels.length === 0) return [notApplicable("no image has channels here")];
    const lists = await pages("ram:GetResourceShares", { resourceOwner: "SELF" });
    // A deleted share stays visible for some time.
    const existing = lists
      .flatMap(({ resourceShares = [] }) => resourceShares)
      .filter(({ status }) => status !== "DELETED" && status !== "DELETING");
    if (!channels.some(({ name }) => existing.some((share) => share.name === name)))
      return [notApplicable(NOT_DEPLOYED)];
    return findEach(channels, async ({ image, name, channel }) => {
      const share = existing.find((one) => one.name === name);
      if (share === undefined)
        return [warning(`${name}: not deployed yet`, `apply the stack of ${image} in ${region}`)];
      if (share.status !== "ACTIVE")
        return [failed(`${name}: the share is ${share.status}`, "see docs/guides/operations.md")];
      const arn = required(share.resourceShareArn, `the ARN of ${name}`);
      return [
        ...(await principalObservations(
          target,
          name,
          arn,
          sharePrincipals(channel.audience, factory.organization, region),
        )),
        ...(await buildObservations(target, name, arn, image)),
      ];
    });
  },
});

async function associationsOf(
  { pages }: Target<ShareCalls>,
  arn: string,
  associationType: "PRINCIPAL" | "RESOURCE",
) {
  const lists = await pages("ram:GetResourceShareAssociations", {
    associationType,
    resourceShareArns: [arn],
  });
  return lists
    .flatMap(({ resourceShareAssociations = [] }) => resourceShareAssociations)
    .filter(({ status }) => status !== "DISASSOCIATED");
}

async function principalObservations(
  target: Target<ShareCalls>,
  name: string,
  arn: string,
  principals: readonly string[],
): Promise<Observation[]> {
  const found = await associationsOf(target, arn, "PRINCIPAL");
  return principals.flatMap((principal): Observation[] => {
    const association = found.find(({ associatedEntity }) => associatedEntity === principal);
    switch (association?.status) {
      case "ASSOCIATED":
        return [];
      case undefined:
        return [
          warning(`${name}: ${principal} isn't a principal of the share`, "apply the stack again"),
        ];
      case "FAILED":
        return [
          failed(`${name}: RAM couldn't add ${principal}${reasonOf(association.statusMessage)}`, {
            why: "use the management account, and then apply the stack again",
            run: "aws ram enable-sharing-with-aws-organization",
          }),
        ];
      default:
        return [
          warning(
            `${name}: ${principal} is ${association?.status}`,
            "run this command again in a minute",
          ),
        ];
    }
  });
}

async function buildObservations(
  target: Target<ShareCalls>,
  name: string,
  arn: string,
  image: string,
): Promise<Observation[]> {
  const found = await associationsOf(target, arn, "RESOURCE");
  return found
    .filter(({ status }) => status === "FAILED")
    .map(({ associatedEntity, statusMessage }) =>
      failed(`${name}: RAM couldn't add ${associatedEntity}${reasonOf(statusMessage)}`, {
        run: factoryCommand(`update ${image} --region ${target.at.region}`),
      }),
    );
}
