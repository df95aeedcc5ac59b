import { principalCount } from "../../../config/audience";
import type { Buildable, Channel } from "../../../config/model";
import { IMAGE_TAG } from "../../../contract/tags";
import { check, failed, notApplicable, type Observation, type Target, warning } from "../check";

/** A quota, and how much of it the factory needs in an account and Region. */
interface Quota {
  readonly service: "imagebuilder" | "ram";
  readonly code: string;
  /** As Service Quotas writes it. */
  readonly name: string;
  readonly needed: (target: Pick<Target<never>, "buildables">) => number;
}

/**
 * Quotas that grow with a factory, as of 2026-11-28. The codes are public, in AWS's console and in
 * https://github.com/gruntwork-io/terraform-aws-utilities.
 */
const QUOTAS: readonly Quota[] = [
  {
    service: "imagebuilder",
    code: "L-7A0E01E3",
    name: "Image pipelines",
    needed: ({ buildables }) => buildables.length,
  },
  {
    service: "imagebuilder",
    code: "L-1DF98342",
    name: "Image recipes",
    needed: ({ buildables }) => buildables.filter(({ kind }) => kind === "image").length,
  },
  {
    service: "imagebuilder",
    code: "L-28A502FD",
    name: "Container recipes",
    needed: ({ buildables }) => buildables.filter(({ kind }) => kind === "container").length,
  },
  {
    service: "imagebuilder",
    code: "L-9B183655",
    name: "Components",
    needed: ({ buildables }) => new Set(buildables.flatMap(documentsOf)).size,
  },
  {
    service: "imagebuilder",
    code: "L-D9EF98D9",
    name: "Infrastructure configurations",
    needed: ({ buildables }) => buildables.length,
  },
  {
    service: "imagebuilder",
    code: "L-2BAA05D8",
    name: "Distribution configurations",
    needed: ({ buildables }) => buildables.length,
  },
  {
    service: "imagebuilder",
    code: "L-59EC76F6",
    name: "Components per image recipe",
    needed: ({ buildables }) =>
      Math.max(0, ...buildables.map(({ components }) => components.length)),
  },
  {
    service: "ram",
    code: "L-595828F9",
    name: "Number of resource shares",
    needed: (target) => channelsOf(target).length,
  },
  {
    service: "ram",
    code: "L-4A6CEE66",
    name: "Number of resource associations",
    needed: (target) => sum(channelsOf(target).map(({ keep }) => keep)),
  },
  {
    service: "ram",
    code: "L-8491BF81",
    name: "Number of principal associations",
    needed: (target) => sum(channelsOf(target).map(({ audience }) => principalCount(audience))),
  },
];

/** Part of a quota from which on the check warns. Other users of the account need the rest. */
const NEARLY_FULL = 0.8;

function documentsOf({ components }: Buildable): string[] {
  return components.flatMap((component) =>
    component.kind === "document" ? component.document.name : [],
  );
}

function channelsOf({ buildables }: Pick<Target<never>, "buildables">): Channel[] {
  return buildables.flatMap(({ channels }) => channels);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

type QuotaCalls = "servicequotas:ListAWSDefaultServiceQuotas" | "servicequotas:ListServiceQuotas";

export const quotas = check({
  id: "quotas",
  title: "The quotas of Image Builder and AWS RAM are high enough for the factory",
  scope: "region",
  calls: ["servicequotas:ListAWSDefaultServiceQuotas", "servicequotas:ListServiceQuotas"],
  async run(target) {
    const values = await quotaValues(target);
    return QUOTAS.flatMap(({ service, code, name, needed }): Observation[] => {
      const value = values.get(code);
      const need = needed(target);
      if (value === undefined || need <= NEARLY_FULL * value) return [];
      const run = `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${2 * need} --region ${target.at.region}`;
      return [
        need > value
          ? failed(`${name}: the factory needs ${need}, and the quota is ${value}`, { run })
          : warning(`${name}: the factory needs ${need} of the quota of ${value}`, { run }),
      ];
    });
  },
});

/** Returns quotas by their codes: those of the account, or else AWS's defaults. */
async function quotaValues({ pages }: Target<QuotaCalls>): Promise<Map<string, number>> {
  const lists = await Promise.all(
    (["imagebuilder", "ram"] as const).map(async (ServiceCode) => [
      ...(await pages("servicequotas:ListAWSDefaultServiceQuotas", { ServiceCode })),
      ...(await pages("servicequotas:ListServiceQuotas", { ServiceCode })),
    ]),
  );
  const values = lists
    .flat()
    .flatMap(({ Quotas = [] }) => Quotas)
    .map(({ QuotaCode = "", Value = Number.POSITIVE_INFINITY }): [string, number] => [
      QuotaCode,
      Value,
    ]);
  return new Map(values);
}

export const lambdaConcurrency = check({
  id: "lambda-concurrency",
  title: "The account's limit of concurrent Lambda executions is high enough for the updater",
  scope: "region",
  accounts: "shared",
  calls: ["lambda:GetAccountSettings"],
  async run({ factory: { updater }, read, at: { region } }) {
    const { AccountLimit } = await read("lambda:GetAccountSettings", {});
    const free = AccountLimit?.UnreservedConcurrentExecutions;
    if (free === undefined || free >= updater.concurrency) return [];
    return [
      warning(
        `functions without reserved concurrency can run ${free} times at the same time, and updater.concurrency is ${updater.concurrency}`,
        {
          why: "lower updater.concurrency, or request a higher quota",
          run: `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region ${region}`,
        },
      ),
    ];
  },
});

/** Returns the images in which a channel limits findings. */
function limitedImages({ buildables }: Pick<Target<never>, "buildables">): Buildable[] {
  return buildables.filter(({ channels }) => channels.some(({ findings }) => findings));
}

export const inspector = check({
  id: "inspector",
  title:
    "Amazon Inspector is enabled where images with scan: true or channels with findings need it",
  scope: "region",
  calls: ["inspector2:BatchGetAccountStatus"],
  async run({ account, at: { region }, buildables, read }) {
    const scanned = buildables.filter(({ scan }) => scan);
    const limited = limitedImages({ buildables }).map(({ name }) => name);
    if (scanned.length + limited.length === 0)
      return [notApplicable("no image has scan: true, and no channel has findings")];
    const { accounts = [] } = await read("inspector2:BatchGetAccountStatus", {
      accountIds: [account.id],
    });
    const state = accounts[0]?.resourceState;
    const { status: enabled = "DISABLED" } = accounts[0]?.state ?? {};
    if (limited.length > 0 && enabled !== "ENABLED")
      return [
        failed(
          `Inspector is ${enabled}, and findings of ${limited.join(", ")} need it`,
          "enable Amazon Inspector and its scans of AMIs, as the organization's delegated administrator",
        ),
      ];
    const types = [
      { type: "EC2", kind: "image", status: state?.ec2?.status },
      { type: "ECR", kind: "container", status: state?.ecr?.status },
    ];
    return types.flatMap(({ type, kind, status = "DISABLED" }): Observation[] => {
      const images = scanned.filter((image) => image.kind === kind).map(({ name }) => name);
      if (images.length === 0 || status === "ENABLED") return [];
      return [
        failed(
          `Inspector's ${type} scanning is ${status}, and scan: true of ${images.join(", ")} needs it`,
          { run: `aws inspector2 enable --resource-types ${type} --region ${region}` },
        ),
      ];
    });
  },
});

/** Milliseconds after which an AMI must have been scanned. */
const SCAN_DELAY_MS = 24 * 60 * 60 * 1_000;

/**
 * No API returns whether Amazon Inspector scans AMIs, and for how long. So this check looks at the
 * result.
 */
export const amiScans = check({
  id: "ami-scans",
  title:
    "Amazon Inspector has scanned an AMI of each image that has a channel with the key findings",
  scope: "region",
  accounts: "shared",
  calls: ["ec2:DescribeImages"],
  async run(target) {
    const limited = limitedImages(target).map(({ name }) => name);
    if (limited.length === 0) return [notApplicable("no channel has findings")];
    const lists = await target.pages("ec2:DescribeImages", {
      Owners: ["self"],
      Filters: [{ Name: `tag:${IMAGE_TAG}`, Values: limited }],
    });
    const amis = lists.flatMap(({ Images = [] }) => Images);
    return limited.flatMap((name): Observation[] => {
      const own = amis.filter(({ Tags = [] }) =>
        Tags.some(({ Key, Value }) => Key === IMAGE_TAG && Value === name),
      );
      if (own.some(({ ScanResults }) => ScanResults?.FindingScanDate)) return [];
      const isDue = own.some(
        ({ CreationDate = "" }) => Date.now() > Date.parse(CreationDate) + SCAN_DELAY_MS,
      );
      if (!isDue) return [];
      return [
        failed(
          `${name}: Amazon Inspector has scanned no AMI, so its channels with findings share no new build`,
          "see docs/guides/findings.md#what-you-need",
        ),
      ];
    });
  },
});
