import { type TerraformStack, Testing } from "cdktf";
import { loadFactory } from "../../config/load";
import { addStacks } from "../../stacks/all-stacks";
import { minimalFactory, type Raw, withFolder } from "../../tools/fixtures/factory-file";
import {
  FUNCTION_DIRECTORIES,
  only,
  resources,
  statements,
  synth,
} from "../../tools/fixtures/synth";

function withOutputs(outputs: Raw) {
  return (f: Raw) => {
    f.images.base.outputs = outputs;
  };
}
const copied = synth((f) => {
  withOutputs({
    copyToRegions: ["us-east-1"],
    parameter: "/imagebuilder/base",
    launchTemplates: { "us-east-1": "lt-0123456789abcdef0" },
  })(f);
  f.appAccounts.payments.images["payments-web"].outputs = { copyToRegions: ["eu-central-1"] };
});
function distribution(stack = "shared-eu-west-1") {
  return only(copied[stack], "aws_imagebuilder_distribution_configuration").distribution;
}

test("the stack of a Region that only gets copies contains an image key and nothing else", () => {
  for (const [id, region, account] of [
    ["shared-us-east-1", "us-east-1", "111111111111"],
    ["payments-eu-central-1", "eu-central-1", "222222222222"],
  ] as const) {
    expect(Object.keys(copied[id]?.resource ?? {})).toEqual(["aws_kms_alias", "aws_kms_key"]);
    expect(only(copied[id], "aws_kms_alias").name).toBe("alias/golden-image-factory/images");
    expect(copied[id]?.provider["aws"]?.[0]).toMatchObject({
      region,
      allowed_account_ids: [account],
    });
  }
});

test("the image key of a Region of copies lets the copied images' audience use it through EC2 of that Region", () => {
  const { OrganizationUse } = statements(only(copied["shared-us-east-1"], "aws_kms_key").policy);
  expect(OrganizationUse.Condition.StringEquals).toEqual({
    "aws:PrincipalOrgID": "o-abcdefghij",
    "kms:ViaService": "ec2.us-east-1.amazonaws.com",
  });
});

test("a distribution has parameter and launch template per Region, and encrypts copies with the key of their Region", () => {
  expect(distribution()).toEqual([
    {
      region: "eu-west-1",
      ami_distribution_configuration: expect.not.objectContaining({
        kms_key_id: expect.anything(),
      }),
      ssm_parameter_configuration: [
        { parameter_name: "/imagebuilder/base", data_type: "aws:ec2:image" },
      ],
    },
    {
      region: "us-east-1",
      ami_distribution_configuration: expect.objectContaining({
        kms_key_id: "arn:aws:kms:us-east-1:111111111111:alias/golden-image-factory/images",
      }),
      ssm_parameter_configuration: [
        { parameter_name: "/imagebuilder/base", data_type: "aws:ec2:image" },
      ],
      launch_template_configuration: [
        { launch_template_id: "lt-0123456789abcdef0", default: true },
      ],
    },
  ]);
});

test("the updater may change launch permissions of copies in every Region, of images that the Region builds", () => {
  const policy = resources(copied["shared-eu-west-1"], "aws_iam_role_policy").find(
    ({ name }) => name === "share-updater",
  );
  expect(statements(policy.policy)["ModifyLaunchPermissions"]).toMatchObject({
    Resource: "arn:aws:ec2:*::image/*",
    Condition: {
      StringLike: {
        "aws:ResourceTag/Ec2ImageBuilderArn":
          "arn:aws:imagebuilder:eu-west-1:111111111111:image/*/*",
      },
    },
  });
});

test("a Region of copies that starts to build keeps the address of its image key", () => {
  const baking = synth((f) => {
    f.sharedAccount.regions["us-east-1"] = {};
    f.images.base.regions = ["eu-west-1"];
    f.images.web.regions = ["eu-west-1"];
    withOutputs({ copyToRegions: ["us-east-1"] })(f);
  });
  const [id] = Object.keys(copied["shared-us-east-1"]?.resource?.["aws_kms_key"] ?? {});
  expect(Object.keys(baking["shared-us-east-1"]?.resource?.["aws_kms_key"] ?? {})).toContain(id);
});

test("a stack whose images are copied is deployed after the keys that encrypt the copies", () => {
  const file = minimalFactory();
  withOutputs({ copyToRegions: ["us-east-1"] })(file);
  withFolder({ file }, (path) => {
    const app = Testing.app();
    addStacks(app, loadFactory(path), {
      ...FUNCTION_DIRECTORIES,
      bootstrap: false,
    });
    const stack = app.node.findChild("shared-eu-west-1") as TerraformStack;
    expect(stack.dependencies.map(({ node }) => node.id)).toEqual(["shared-us-east-1"]);
  });
});
