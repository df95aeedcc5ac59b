import {
  AUTO_SCALING_OPERATIONS,
  ImageKey,
  type ImageKeyProps,
} from "../../../modules/keys/image-key";
import { ADMINISTRATION } from "../../../modules/keys/key";
import { only, statements, synthModule } from "../../../tools/fixtures/synth";

const BUILDER =
  "arn:aws:iam::111111111111:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder";
const VIA_EC2 = { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" };

function imageKey(props: Partial<ImageKeyProps> = {}) {
  return synthModule((stack) => {
    new ImageKey(stack, "key", {
      alias: "alias/images",
      region: "eu-west-1",
      rootArn: "arn:aws:iam::111111111111:root",
      imageBuilderRoleArns: [BUILDER],
      administrators: [],
      audience: { Organization: { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } } },
      autoScalingRoleArn: "arn:aws:iam::$${aws:PrincipalAccount}:role/auto-scaling",
      protect: true,
      ...props,
    });
  });
}

function policyOf(props?: Partial<ImageKeyProps>) {
  return statements(only(imageKey(props), "aws_kms_key").policy);
}

test("rotates, and takes 30 days to go", () => {
  expect(only(imageKey(), "aws_kms_key")).toMatchObject({
    enable_key_rotation: true,
    deletion_window_in_days: 30,
  });
});

test("refuses to be destroyed when it is protected, and only then", () => {
  expect(only(imageKey(), "aws_kms_key").lifecycle).toEqual({ prevent_destroy: true });
  expect(only(imageKey({ protect: false }), "aws_kms_key").lifecycle).toBeUndefined();
});

test("has an alias", () => {
  expect(only(imageKey(), "aws_kms_alias").name).toBe("alias/images");
});

test("lets the account's root manage the key and change its policy, but neither use it nor hand it on", () => {
  const { Action, Principal } = policyOf()["Administer"];
  expect(Principal).toEqual({ AWS: "arn:aws:iam::111111111111:root" });
  expect(Action).toEqual(ADMINISTRATION);
  expect(Action).toContain("kms:PutKeyPolicy");
  expect(
    Action.filter((action: string) => /Crypt|Generate|ReEncrypt|CreateGrant|\*/.test(action)),
  ).toEqual([]);
});

test("lets the named administrators do the same", () => {
  const { KeyAdministrators } = policyOf({
    administrators: ["arn:aws:iam::111111111111:role/security"],
  });
  expect(KeyAdministrators).toMatchObject({
    Action: ADMINISTRATION,
    Condition: { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::111111111111:role/security"] } },
  });
  expect(policyOf()["KeyAdministrators"]).toBeUndefined();
});

test("lets Image Builder use it through EC2, matched by a condition because the role may not exist yet", () => {
  const { ImageBuilderUse, ImageBuilderAttach } = policyOf();
  const condition = { ArnEquals: { "aws:PrincipalArn": BUILDER }, StringEquals: VIA_EC2 };
  expect(ImageBuilderUse).toMatchObject({ Principal: "*", Condition: condition });
  expect(ImageBuilderAttach).toMatchObject({
    Action: "kms:CreateGrant",
    Condition: { ...condition, Bool: { "kms:GrantIsForAWSResource": "true" } },
  });
});

test("needs no statement for Image Builder where the audience has it", () => {
  expect(
    Object.keys(policyOf({ imageBuilderRoleArns: [] })).filter((sid) =>
      sid.startsWith("ImageBuilder"),
    ),
  ).toEqual([]);
});

test("lets them do what EC2 needs to launch from an encrypted snapshot, and nothing else", () => {
  const use = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
  const { ImageBuilderUse, OrganizationUse } = policyOf();
  expect([ImageBuilderUse.Action, OrganizationUse.Action]).toEqual([use, use]);
});

test("lets the audience use it through EC2 only", () => {
  const { OrganizationUse, OrganizationAttach } = policyOf();
  const StringEquals = { "aws:PrincipalOrgID": "o-abcdefghij", ...VIA_EC2 };
  expect(OrganizationUse.Condition).toEqual({ StringEquals });
  expect(OrganizationAttach.Condition).toEqual({
    StringEquals,
    Bool: { "kms:GrantIsForAWSResource": "true" },
  });
});

test("lets the audience grant it to the Auto Scaling role of its own account, and to nobody else", () => {
  const { OrganizationGrantToOwnAutoScaling, OrganizationFind } = policyOf();
  expect(OrganizationGrantToOwnAutoScaling).toMatchObject({
    Action: "kms:CreateGrant",
    Condition: {
      StringEquals: {
        "aws:PrincipalOrgID": "o-abcdefghij",
        "kms:GranteePrincipal": "arn:aws:iam::$${aws:PrincipalAccount}:role/auto-scaling",
      },
      "ForAllValues:StringEquals": { "kms:GrantOperations": AUTO_SCALING_OPERATIONS },
    },
  });
  expect(OrganizationFind.Action).toEqual(["kms:DescribeKey", "kms:ListGrants"]);
});

test("gives nobody but administrators the right to revoke a grant", () => {
  const others = Object.entries(
    policyOf({ administrators: ["arn:aws:iam::111111111111:role/security"] }),
  )
    .filter(([sid]) => sid !== "Administer" && sid !== "KeyAdministrators")
    .flatMap(([, { Action }]) => Action);
  expect(others.filter((action) => /Revoke|Put|Delete|Schedule/.test(action))).toEqual([]);
});
