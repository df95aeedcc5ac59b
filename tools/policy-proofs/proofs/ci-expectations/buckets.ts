/** The buckets of the stacks, and the states and locks in the state bucket. */
import { words } from "../support";
import { actionsIf, type Expectation, expectation } from "./expectation";
import { PREFIX, type Scope } from "./scope";

export const BUCKET_WRITES = words(`
  CreateBucket DeleteBucket DeleteBucketPolicy PutBucketOwnershipControls PutBucketPolicy
  PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration
  PutLifecycleConfiguration
`);

/** ARN of a bucket, or of objects as `BUCKET/KEY`. */
function s3Arn(resource: string): string {
  return `arn:aws:s3:::${resource}`;
}

/**
 * The pattern of the bucket matches keys, too. None of the actions on the bucket is for objects:
 * the deploy role can't write evidence, and can delete it only if the factory isn't protected.
 */
function evidenceExpectations(scope: Scope): Expectation[] {
  const { account, region, hasEvidence, isProtected } = scope;
  const bucket = s3Arn(`${PREFIX}-evidence-${account}-${region}`);
  const deletes = actionsIf(!isProtected, ["DeleteObject", "DeleteObjectVersion"]);
  const reads = actionsIf(hasEvidence, ["GetBucketPolicy", "ListBucket"]);
  return [
    expectation("s3", bucket, { writes: actionsIf(hasEvidence, BUCKET_WRITES), reads }),
    expectation("s3", `${bucket}/base/1.0.0/1/provenance.dsse.json`, {
      writes: actionsIf(hasEvidence, [...BUCKET_WRITES, ...deletes]),
      reads,
    }),
  ];
}

function stateExpectations({ stateBucket, stateStack }: Scope): Expectation[] {
  const state = (key: string): string => s3Arn(`${stateBucket}/${PREFIX}/${key}`);
  return [
    expectation("s3", s3Arn(stateBucket), { reads: ["ListBucket"] }),
    expectation("s3", state("x.tfstate"), { writes: ["PutObject"], reads: ["GetObject"] }),
    expectation("s3", state("x.tfstate.tflock"), {
      writes: ["DeleteObject", "PutObject"],
      reads: ["GetObject"],
    }),
    // The stack that creates these roles is deployed by its account's administrators.
    expectation("s3", state(`${stateStack}.tfstate`), { reads: ["GetObject"] }),
    expectation("s3", state(`${stateStack}.tfstate.tflock`), { reads: ["GetObject"] }),
    expectation("s3", state("else")),
  ];
}

export function bucketExpectations(scope: Scope): Expectation[] {
  const { account, region } = scope;
  return [
    expectation("s3", s3Arn(`${PREFIX}-components-${account}-${region}`), {
      writes: BUCKET_WRITES,
      reads: words(
        "GetAccelerateConfiguration GetBucketPolicy GetEncryptionConfiguration ListBucket",
      ),
    }),
    expectation("s3", s3Arn(`${PREFIX}-logs-${account}-${region}`), {
      writes: BUCKET_WRITES,
      reads: ["GetLifecycleConfiguration"],
    }),
    ...evidenceExpectations(scope),
    ...stateExpectations(scope),
    expectation("s3", s3Arn("other-bucket")),
  ];
}
