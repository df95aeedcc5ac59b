/**
 * Names of `$.imagebuilder` that steps of workflows can refer to. As of 2026-11-27:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-dynamic-vars.html Only an example
 * on that page has `dateTime`.
 */
export const WORKFLOW_VARIABLES: readonly string[] = [
  "cloudWatchLogGroup",
  "cloudWatchLogStream",
  "collectImageMetadata",
  "collectImageScanFindings",
  "dateTime",
  "imageBuildNumber",
  "imageId",
  "imageName",
  "imageType",
  "imageVersionNumber",
  "instanceProfileName",
  "platform",
  "s3Logs",
  "securityGroups",
  "sourceImageARN",
  "subnetId",
  "terminateInstanceOnFailure",
  "workflowPhase",
  "workingDirectory",
];
