/** Faults of accounts: roles and state buckets. */
import { awsError } from "../../aws-error";
import { roleTrusting } from "../fake-aws";
import { type Fault, missing } from "./fault";

export const ACCOUNT_FAULTS: readonly Fault[] = [
  {
    fault: "the role of Auto Scaling is missing",
    check: "service-linked-roles",
    account: "payments",
    answers: missing("iam:GetRole", "NoSuchEntityException"),
    observations: [
      {
        result: "failed",
        message:
          "AWSServiceRoleForAutoScaling doesn't exist, so KMS rejects the grant for autoScaling: true",
        command: "aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com",
      },
    ],
  },
  {
    fault: "the fleet role trusts other principals than the operators",
    check: "fleet-role",
    account: "payments",
    answers: {
      "iam:GetRole": () => roleTrusting("AIDAEXAMPLE", "arn:aws:iam::111111111111:role/others"),
    },
    observations: [
      {
        result: "failed",
        message: "arn:aws:iam::111111111111:role/operators can't assume golden-image-factory-fleet",
        fix: "apply the stack payments-eu-west-1",
      },
      {
        result: "failed",
        message:
          "golden-image-factory-fleet trusts AIDAEXAMPLE, which isn't in sharedAccount.operators or was deleted",
        fix: "apply the stack payments-eu-west-1",
      },
      {
        result: "failed",
        message:
          "golden-image-factory-fleet trusts arn:aws:iam::111111111111:role/others, which isn't in sharedAccount.operators or was deleted",
        fix: "apply the stack payments-eu-west-1",
      },
    ],
  },
  {
    fault: "it may not look at the fleet role",
    check: "fleet-role",
    account: "payments",
    answers: {
      "iam:GetRole": () => {
        throw awsError("AccessDenied", "not authorized to perform: iam:GetRole", 403);
      },
    },
    observations: [
      { result: "not-allowed", message: "AccessDenied: not authorized to perform: iam:GetRole" },
    ],
  },
  {
    fault: "deployRole doesn't exist",
    check: "deploy-role",
    account: "payments",
    answers: missing("iam:GetRole", "NoSuchEntityException"),
    observations: [
      {
        result: "failed",
        message: "the role admin/terraform doesn't exist",
        fix: "create it with the permissions of docs/reference/permissions.md, or correct deployRole in factory.yaml",
      },
    ],
  },
  {
    fault: "the state bucket is in another Region and keeps no versions",
    check: "state-bucket",
    answers: {
      "s3:ListBucket": () => ({ BucketRegion: "us-east-1" }),
      "s3:GetBucketVersioning": () => ({}),
    },
    observations: [
      {
        result: "failed",
        message: "acme-tfstate-111111111111 is in us-east-1, and state.region is eu-west-1",
        fix: "correct state.region in factory.yaml",
      },
      {
        result: "failed",
        message:
          "acme-tfstate-111111111111 keeps no versions, so a damaged state can't be restored",
        fix: "apply the stack state-shared, or use the command",
        command:
          "aws s3api put-bucket-versioning --bucket acme-tfstate-111111111111 --versioning-configuration Status=Enabled",
      },
      {
        result: "failed",
        message: "acme-tfstate-222222222222 is in us-east-1, and state.region is eu-west-1",
        fix: "correct state.region in factory.yaml",
      },
      {
        result: "failed",
        message:
          "acme-tfstate-222222222222 keeps no versions, so a damaged state can't be restored",
        fix: "apply the stack state-payments, or use the command",
        command:
          "aws s3api put-bucket-versioning --bucket acme-tfstate-222222222222 --versioning-configuration Status=Enabled",
      },
    ],
  },
];
