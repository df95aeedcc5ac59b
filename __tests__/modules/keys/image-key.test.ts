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

test("the image key rotates, and its deletion takes 30 days", () => {
  expect(only(imageKey(), "aws_kms_key")).toMatchObject({
    enable_key_rotation: true,
    deletion_window_in_days: 30,
  });
});

test("the image key can't be destroyed with protect, and only then", () => {
  expect(only(imageKey(), "aws_kms_key").lifecycle).toEqual({ prevent_destroy: true });
  expect(only(imageKey({ protect: false }), "aws_kms_key").lifecycle).toBeUndefined();
});

test("the image key has the given alias", () => {
  expect(only(imageKey(), "aws_kms_alias").name).toBe("alias/images");
});

test("the image key lets the account's root administer it and change its policy, but neither use nor grant it", () => {
  const { Action, Principal } = policyOf()["Administer"];
  expect(Principal).toEqual({ AWS: "arn:aws:iam::111111111111:root" });
  expect(Action).toEqual(ADMINISTRATION);
  expect(Action).toContain("kms:PutKeyPolicy");
  expect(
    Action.filter((action: string) => /Crypt|Generate|ReEncrypt|CreateGrant|\*/.test(action)),
  ).toEqual([]);
});

test("the image key lets the named administrators do what the account's root may do", () => {
  const { KeyAdministrators } = policyOf({
    administrators: ["arn:aws:iam::111111111111:role/security"],
  });
  expect(KeyAdministrators).toMatchObject({
    Action: ADMINISTRATION,
    Condition: { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::111111111111:role/security"] } },
  });
  expect(policyOf()["KeyAdministrators"]).toBeUndefined();
});

test("the image key lets Image Builder use it through EC2, by a condition because the role may not exist yet", () => {
  const { ImageBuilderUse, ImageBuilderAttach } = policyOf();
  const condition = { ArnEquals: { "aws:PrincipalArn": BUILDER }, StringEquals: VIA_EC2 };
  expect(ImageBuilderUse).toMatchObject({ Principal: "*", Condition: condition });
  expect(ImageBuilderAttach).toMatchObject({
    Action: "kms:CreateGrant",
    Condition: { ...condition, Bool: { "kms:GrantIsForAWSResource": "true" } },
  });
});

test("the image key has no statement for Image Builder if the audience contains it", () => {
  expect(
    Object.keys(policyOf({ imageBuilderRoleArns: [] })).filter((sid) =>
      sid.startsWith("ImageBuilder"),
    ),
  ).toEqual([]);
});

test("the image key allows exactly the actions that launching from an encrypted snapshot needs", () => {
  const use = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
  const { ImageBuilderUse, OrganizationUse } = policyOf();
  expect([ImageBuilderUse.Action, OrganizationUse.Action]).toEqual([use, use]);
});

test("the image key lets the audience use it through EC2 only", () => {
  const { OrganizationUse, OrganizationAttach } = policyOf();
  const StringEquals = { "aws:PrincipalOrgID": "o-abcdefghij", ...VIA_EC2 };
  expect(OrganizationUse.Condition).toEqual({ StringEquals });
  expect(OrganizationAttach.Condition).toEqual({
    StringEquals,
    Bool: { "kms:GrantIsForAWSResource": "true" },
  });
});

test("the image key lets the audience grant it only to the Auto Scaling role of the caller's account", () => {
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

test("the image key lets only administrators revoke grants", () => {
  const others = Object.entries(
    policyOf({ administrators: ["arn:aws:iam::111111111111:role/security"] }),
  )
    .filter(([sid]) => sid !== "Administer" && sid !== "KeyAdministrators")
    .flatMap(([, { Action }]) => Action);
  expect(others.filter((action) => /Revoke|Put|Delete|Schedule/.test(action))).toEqual([]);
});
