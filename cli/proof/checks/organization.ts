import type { Audience } from "../../../config/audience";
import { type Account, buildablesOf, type Channel, type Factory } from "../../../config/model";
import { membershipOf } from "../../organization";
import { check, failed, ifExists, type Observation, type Target, warning } from "../check";
import { findEach } from "../find-each";

const RAM_SERVICE = "ram.amazonaws.com";

const NOT_IN_ORGANIZATION = "AWSOrganizationsNotInUseException";

/** A channel with its name for people. */
interface NamedChannel {
  readonly name: string;
  readonly image: string;
  readonly channel: Channel;
}

function channelsOf({ shared }: Factory): NamedChannel[] {
  return buildablesOf(shared).flatMap(({ name: image, channels }) =>
    channels.map((channel) => ({ name: `${image}/${channel.name}`, image, channel })),
  );
}

export const ramTrustedAccess = check({
  id: "ram-trusted-access",
  title: "AWS RAM can share with the organization without invitations",
  scope: "organization",
  calls: ["organizations:ListAWSServiceAccessForOrganization"],
  async run({ pages }) {
    const lists = await pages("organizations:ListAWSServiceAccessForOrganization", {});
    const services = lists.flatMap(({ EnabledServicePrincipals = [] }) =>
      EnabledServicePrincipals.map(({ ServicePrincipal }) => ServicePrincipal),
    );
    if (services.includes(RAM_SERVICE)) return [];
    return [
      failed(
        "sharing with the organization is off, so RAM rejects every share or sends invitations",
        {
          why: "use the management account",
          run: "aws ram enable-sharing-with-aws-organization",
        },
      ),
    ];
  },
});

type AudienceCalls =
  | "organizations:DescribeAccount"
  | "organizations:DescribeOrganizationalUnit"
  | "organizations:ListParents";

export const audiences = check({
  id: "audiences",
  title:
    "The OUs and accounts of every audience are in the organization, and each app account is in the audience of a channel of its golden parents",
  scope: "organization",
  calls: [
    "organizations:DescribeAccount",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListParents",
  ],
  async run(target) {
    const channels = channelsOf(target.factory);
    return [
      ...(await findEach(channels, ({ name, channel }) =>
        missingMembers(target, name, channel.audience),
      )),
      ...(await findEach(target.factory.apps, (app) => missingChannels(target, app, channels))),
    ];
  },
});

async function missingMembers(
  { read }: Target<AudienceCalls>,
  channel: string,
  audience: Audience,
): Promise<Observation[]> {
  switch (audience.kind) {
    case "organization":
      return [];
    case "organizationalUnits": {
      const missing = await filterMissing(audience.units, (unit) =>
        ifExists(
          read("organizations:DescribeOrganizationalUnit", { OrganizationalUnitId: unit }),
          "OrganizationalUnitNotFoundException",
        ),
      );
      return missing.map((unit) =>
        failed(
          `${channel}: the organization has no OU ${unit}`,
          "correct principals.organizationalUnits in factory.yaml",
        ),
      );
    }
    case "accounts": {
      const missing = await filterMissing(audience.accounts, (account) =>
        ifExists(
          read("organizations:DescribeAccount", { AccountId: account }),
          "AccountNotFoundException",
        ),
      );
      return missing.map((account) =>
        failed(
          `${channel}: the account ${account} isn't in the organization`,
          "correct principals.accounts in factory.yaml, or add the account to the organization",
        ),
      );
    }
  }
}

async function filterMissing(
  ids: readonly string[],
  find: (id: string) => Promise<unknown>,
): Promise<string[]> {
  const found = await Promise.all(ids.map(find));
  return ids.filter((_, index) => found[index] === undefined);
}

/** Reports the golden parents of an app account's images that no channel shares with it. */
async function missingChannels(
  target: Target<AudienceCalls>,
  app: Account,
  channels: readonly NamedChannel[],
): Promise<Observation[]> {
  const parents = new Set(
    buildablesOf(app).flatMap(({ parent }) => (parent.kind === "golden" ? parent.name : [])),
  );
  if (parents.size === 0) return [];
  const units = await membershipOf(app.id, async (ChildId) => {
    const lists = await target.pages("organizations:ListParents", { ChildId });
    return lists.flatMap(({ Parents = [] }) => Parents);
  });
  if (units === "outside")
    return [
      failed(
        `the app account ${app.name} (${app.id}) isn't in the organization`,
        "correct its id in factory.yaml, or add the account to the organization",
      ),
    ];
  return [...parents].flatMap((parent): Observation[] => {
    const own = channels.filter(({ image }) => image === parent);
    if (own.some(({ channel }) => contains(channel.audience, app.id, units))) return [];
    return [
      failed(
        `no channel of ${parent} has the app account ${app.name} (${app.id}) in its audience, so its images that are based on ${parent} can't be built`,
        `add the account, or one of its OUs (${units.join(", ") || "none"}), to a channel of ${parent}`,
      ),
    ];
  });
}

function contains(audience: Audience, account: string, units: readonly string[]): boolean {
  switch (audience.kind) {
    case "organization":
      return true;
    case "organizationalUnits":
      return audience.units.some((unit) => units.includes(unit));
    case "accounts":
      return audience.accounts.includes(account);
  }
}

export const organization = check({
  id: "organization",
  title: "The account is in the organization of factory.yaml, which has all features enabled",
  scope: "account",
  calls: ["organizations:DescribeOrganization"],
  async run({ factory, read }) {
    const { id, managementAccountId } = factory.organization;
    const answer = await ifExists(
      read("organizations:DescribeOrganization", {}),
      NOT_IN_ORGANIZATION,
    );
    const found = answer?.Organization;
    if (found === undefined)
      return [
        failed("the account isn't in an organization", `add the account to the organization ${id}`),
      ];
    const observations: Observation[] = [];
    if (found.Id !== id)
      observations.push(
        failed(
          `the account is in the organization ${found.Id}, and organization.id is ${id}`,
          "correct organization.id in factory.yaml, or use the account of the other organization",
        ),
      );
    if (found.MasterAccountId !== managementAccountId)
      observations.push(
        failed(
          `the management account is ${found.MasterAccountId}, and organization.managementAccountId is ${managementAccountId}`,
          "correct organization.managementAccountId in factory.yaml",
        ),
      );
    // Assumed: AWS RAM needs all features.
    if (found.FeatureSet !== "ALL")
      observations.push(
        warning(
          "the organization has only consolidated billing, so RAM can't share with OUs or the organization",
          "enable all features: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html",
        ),
      );
    return observations;
  },
});
