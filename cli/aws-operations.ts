/**
 * The AWS operations that `Reader` calls, by the IAM action that each needs. All of them only read:
 * a test compares them with the Service Authorization Reference.
 */
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeHostsCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetComponentCommand,
  GetImageCommand,
  ImagebuilderClient,
  ListComponentsCommand,
  ListImageBuildVersionsCommand,
  ListImagePipelinesCommand,
  ListImageRecipesCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import { BatchGetAccountStatusCommand, Inspector2Client } from "@aws-sdk/client-inspector2";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DescribeAccountCommand,
  DescribeOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListParentsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import {
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  RAMClient,
} from "@aws-sdk/client-ram";
import { GetBucketVersioningCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  ListAWSDefaultServiceQuotasCommand,
  ListServiceQuotasCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";

export const OPERATIONS = {
  "cloudwatch:DescribeAlarms": [CloudWatchClient, DescribeAlarmsCommand],
  "ec2:DescribeHosts": [EC2Client, DescribeHostsCommand],
  "ec2:DescribeImages": [EC2Client, DescribeImagesCommand],
  "ec2:DescribeInstances": [EC2Client, DescribeInstancesCommand],
  "ec2:DescribeInstanceTypeOfferings": [EC2Client, DescribeInstanceTypeOfferingsCommand],
  "ec2:DescribeKeyPairs": [EC2Client, DescribeKeyPairsCommand],
  "ec2:DescribeLaunchTemplates": [EC2Client, DescribeLaunchTemplatesCommand],
  "ec2:DescribeRegions": [EC2Client, DescribeRegionsCommand],
  "ec2:DescribeSecurityGroups": [EC2Client, DescribeSecurityGroupsCommand],
  "ec2:DescribeSnapshots": [EC2Client, DescribeSnapshotsCommand],
  "ec2:DescribeSubnets": [EC2Client, DescribeSubnetsCommand],
  "ec2:DescribeVpcs": [EC2Client, DescribeVpcsCommand],
  "iam:GetRole": [IAMClient, GetRoleCommand],
  "imagebuilder:GetComponent": [ImagebuilderClient, GetComponentCommand],
  "imagebuilder:GetImage": [ImagebuilderClient, GetImageCommand],
  "imagebuilder:ListComponents": [ImagebuilderClient, ListComponentsCommand],
  "imagebuilder:ListImageBuildVersions": [ImagebuilderClient, ListImageBuildVersionsCommand],
  "imagebuilder:ListImagePipelines": [ImagebuilderClient, ListImagePipelinesCommand],
  "imagebuilder:ListImageRecipes": [ImagebuilderClient, ListImageRecipesCommand],
  "imagebuilder:ListImages": [ImagebuilderClient, ListImagesCommand],
  "inspector2:BatchGetAccountStatus": [Inspector2Client, BatchGetAccountStatusCommand],
  "kms:DescribeKey": [KMSClient, DescribeKeyCommand],
  "lambda:GetAccountSettings": [LambdaClient, GetAccountSettingsCommand],
  "organizations:DescribeAccount": [OrganizationsClient, DescribeAccountCommand],
  "organizations:DescribeOrganization": [OrganizationsClient, DescribeOrganizationCommand],
  "organizations:DescribeOrganizationalUnit": [
    OrganizationsClient,
    DescribeOrganizationalUnitCommand,
  ],
  "organizations:ListAWSServiceAccessForOrganization": [
    OrganizationsClient,
    ListAWSServiceAccessForOrganizationCommand,
  ],
  "organizations:ListParents": [OrganizationsClient, ListParentsCommand],
  "ram:GetResourceShareAssociations": [RAMClient, GetResourceShareAssociationsCommand],
  "ram:GetResourceShares": [RAMClient, GetResourceSharesCommand],
  "s3:GetBucketVersioning": [S3Client, GetBucketVersioningCommand],
  "s3:ListBucket": [S3Client, HeadBucketCommand],
  "servicequotas:ListAWSDefaultServiceQuotas": [
    ServiceQuotasClient,
    ListAWSDefaultServiceQuotasCommand,
  ],
  "servicequotas:ListServiceQuotas": [ServiceQuotasClient, ListServiceQuotasCommand],
  "sns:ListSubscriptionsByTopic": [SNSClient, ListSubscriptionsByTopicCommand],
  "sqs:GetQueueAttributes": [SQSClient, GetQueueAttributesCommand],
  "sqs:GetQueueUrl": [SQSClient, GetQueueUrlCommand],
  "ssm:GetParameters": [SSMClient, GetParametersCommand],
} as const;

type Operations = typeof OPERATIONS;

/** An IAM action that a check needs. */
export type Action = keyof Operations;

type CommandOf<A extends Action> = InstanceType<Operations[A][1]>;

export type Input<A extends Action> = NonNullable<ConstructorParameters<Operations[A][1]>[0]>;

export type Output<A extends Action> =
  CommandOf<A> extends {
    resolveMiddleware(
      ...args: never
    ): (...args: never) => Promise<{ readonly output: infer Result }>;
  }
    ? Result
    : never;
