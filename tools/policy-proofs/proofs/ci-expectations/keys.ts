/** The keys and their aliases. */
import type { Context } from "../../../iam/evaluate";
import { FIND_ACTIONS, words } from "../support";
import { actionsIf, type Expectation, expectation } from "./expectation";
import { PREFIX, type Scope } from "./scope";

const KEY_WRITES = words(`
  CreateAlias DeleteAlias DisableKeyRotation EnableKeyRotation PutKeyPolicy ScheduleKeyDeletion
  TagResource UntagResource UpdateAlias UpdateKeyDescription
`);

const ENCRYPT_ACTIONS = words(`
  Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
  GenerateDataKeyWithoutPlaintext
`);

const FOR_AWS = { "kms:GrantIsForAWSResource": "true" };

/** Terraform encrypts documents in the component bucket, and Image Builder components. */
function dataExpectations({ account, region, arn }: Scope): Expectation[] {
  const components = `arn:aws:s3:::${PREFIX}-components-${account}-${region}`;
  const contexts: Context[] = [
    { "kms:EncryptionContext:aws:s3:arn": components },
    { "aws:CalledVia": ["imagebuilder.amazonaws.com"] },
  ];
  return contexts.map((context) =>
    expectation("kms", arn("kms", "key/1"), {
      context,
      writes: [...KEY_WRITES, ...ENCRYPT_ACTIONS],
      canDecrypt: true,
    }),
  );
}

/** Repositories use the image key by grants. */
function repositoryGrantExpectations({ region, hasContainers, arn }: Scope): Expectation[] {
  const key = arn("kms", "key/1");
  const viaEcr = { "kms:ViaService": `ecr.${region}.amazonaws.com` };
  return [
    expectation("kms", key, {
      context: { ...viaEcr, ...FOR_AWS },
      writes: [...KEY_WRITES, ...actionsIf(hasContainers, ["CreateGrant", "RetireGrant"])],
    }),
    expectation("kms", key, {
      context: viaEcr,
      writes: [...KEY_WRITES, ...actionsIf(hasContainers, ["RetireGrant"])],
    }),
  ];
}

/** App accounts grant the shared account's image key to Auto Scaling. */
function sharedKeyExpectations({ region, isShared, sharedAccount }: Scope): Expectation[] {
  if (isShared) return [];
  return [
    expectation("kms", `arn:aws:kms:${region}:${sharedAccount}:key/1`, {
      writes: ["CreateGrant", "RetireGrant"],
      reads: FIND_ACTIONS,
    }),
  ];
}

export function keyExpectations(scope: Scope): Expectation[] {
  const { region, arn } = scope;
  const key = arn("kms", "key/1");
  return [
    expectation("kms", key, {
      writes: KEY_WRITES,
      reads: words("DescribeKey GetKeyPolicy GetKeyRotationStatus ListAliases ListResourceTags"),
    }),
    expectation("kms", key, {
      context: { "kms:ViaService": "s3.x.amazonaws.com" },
      writes: KEY_WRITES,
    }),
    expectation("kms", key, {
      context: { "kms:ViaService": `ec2.${region}.amazonaws.com`, ...FOR_AWS },
      writes: KEY_WRITES,
    }),
    expectation("kms", arn("kms", `alias/${PREFIX}/images`), {
      writes: ["CreateAlias", "DeleteAlias", "UpdateAlias"],
    }),
    expectation("kms", arn("kms", "alias/else")),
    ...dataExpectations(scope),
    ...repositoryGrantExpectations(scope),
    ...sharedKeyExpectations(scope),
  ];
}
