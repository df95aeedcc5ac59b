/** Quotas that are too low, and Amazon Inspector. */
import type { Raw } from "../../../../tools/fixtures/factory-file";
import type { Fault } from "./fault";

function limitFindings(file: Raw): void {
  file.images.base.share.channels.canary.findings = { maxSeverity: "high" };
}

export const QUOTAS_FAULTS: readonly Fault[] = [
  {
    fault: "a quota is too low and another nearly used up",
    check: "quotas",
    account: "shared",
    answers: {
      "servicequotas:ListAWSDefaultServiceQuotas": ({ ServiceCode }) => ({
        Quotas:
          ServiceCode === "ram"
            ? [{ QuotaCode: "L-595828F9", Value: 2 }]
            : [{ QuotaCode: "L-7A0E01E3", Value: 75 }],
      }),
      "servicequotas:ListServiceQuotas": ({ ServiceCode }) => ({
        Quotas: ServiceCode === "ram" ? [] : [{ QuotaCode: "L-7A0E01E3", Value: 3 }],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "Image pipelines: the factory needs 6, and the quota is 3",
        command:
          "aws service-quotas request-service-quota-increase --service-code imagebuilder --quota-code L-7A0E01E3 --desired-value 12 --region eu-west-1",
      },
      {
        result: "warning",
        message: "Number of resource shares: the factory needs 2 of the quota of 2",
        command:
          "aws service-quotas request-service-quota-increase --service-code ram --quota-code L-595828F9 --desired-value 4 --region eu-west-1",
      },
    ],
  },
  {
    fault: "few functions can run at the same time",
    check: "lambda-concurrency",
    answers: {
      "lambda:GetAccountSettings": () => ({ AccountLimit: { UnreservedConcurrentExecutions: 2 } }),
    },
    observations: [
      {
        result: "warning",
        message:
          "functions without reserved concurrency can run 2 times at the same time, and updater.concurrency is 5",
        fix: "lower updater.concurrency, or request a higher quota",
        command:
          "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region eu-west-1",
      },
    ],
  },
  {
    fault: "Inspector is off for EC2",
    check: "inspector",
    answers: {
      "inspector2:BatchGetAccountStatus": () => ({
        accounts: [{ resourceState: { ec2: { status: "DISABLED" }, ecr: { status: "ENABLED" } } }],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "Inspector's EC2 scanning is DISABLED, and scan: true of base needs it",
        command: "aws inspector2 enable --resource-types EC2 --region eu-west-1",
      },
    ],
  },
  {
    fault: "Inspector is off, and a channel has findings",
    check: "inspector",
    file: limitFindings,
    answers: {
      "inspector2:BatchGetAccountStatus": () => ({
        accounts: [{ state: { status: "DISABLED" } }],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "Inspector is DISABLED, and findings of base need it",
        fix: "enable Amazon Inspector and its scans of AMIs, as the organization's delegated administrator",
      },
    ],
  },
  {
    fault: "Inspector has scanned no AMI of an image in which a channel has findings",
    check: "ami-scans",
    file: limitFindings,
    answers: {
      "ec2:DescribeImages": ({ Filters: [filter] = [] }) =>
        filter?.Name === "tag:golden-image:image"
          ? {
              Images: [
                {
                  CreationDate: "2026-01-02T03:04:05.000Z",
                  Tags: [{ Key: "golden-image:image", Value: "base" }],
                },
              ],
            }
          : {},
    },
    observations: [
      {
        result: "failed",
        message:
          "base: Amazon Inspector has scanned no AMI, so its channels with findings share no new build",
        fix: "see docs/guides/findings.md#what-you-need",
      },
    ],
  },
];
