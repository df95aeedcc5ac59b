import { describeEstimate, estimateCost } from "../../../../cli/authoring/init/cost";

const NONE = { keys: 0, alarms: 0, metrics: 0, dashboards: 0, snapshots: 0 };

function quantitiesOf(...resources: readonly object[]) {
  const stacks = resources.map((resource) => ({ resource: resource as never }));
  return Object.fromEntries(
    estimateCost(stacks).items.map(({ item, quantity }) => [item, quantity]),
  );
}

function recipe(name: string, parent: string, ...sizes: readonly (number | undefined)[]) {
  return {
    name,
    parent_image: parent,
    block_device_mapping: sizes.map((volume_size) => ({ ebs: { volume_size } })),
  };
}

const AWS_PARENT = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/x.x.x";
const GOLDEN_PARENT = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/x.x.x";

describe("estimateCost", () => {
  test("is 0 without stacks and for stacks without priced resources", () => {
    expect(estimateCost([]).usd).toBe(0);
    expect(quantitiesOf({}, { aws_s3_bucket: { bucket: {} } })).toEqual(NONE);
  });

  test("counts the keys and dashboards of all stacks", () => {
    const resources = { aws_kms_key: { a: {}, b: {} }, aws_cloudwatch_dashboard: { a: {} } };
    expect(quantitiesOf(resources, resources)).toEqual({ ...NONE, keys: 4, dashboards: 2 });
  });

  test("counts each metric of an alarm, and custom metrics once a stack", () => {
    const custom = { namespace: "GoldenImageFactory", metric_name: "Refused" };
    const aws_cloudwatch_metric_alarm = {
      one: custom,
      other: custom,
      ofAws: { namespace: "AWS/Lambda", metric_name: "Errors" },
      computed: {
        metric_query: [
          { metric: { namespace: "AWS/Events", metric_name: "Invocations" } },
          { metric: { ...custom, metric_name: "Failed" } },
          { expression: "a + b" },
        ],
      },
    };
    const stack = { aws_cloudwatch_metric_alarm };
    expect(quantitiesOf(stack)).toEqual({ ...NONE, alarms: 5, metrics: 2 });
    expect(quantitiesOf(stack, stack)).toEqual({ ...NONE, alarms: 10, metrics: 4 });
  });

  test("uses the sizes of volumes, else that of the parent, for each Region of an AMI", () => {
    const shared = {
      aws_imagebuilder_image_recipe: { base: recipe("base", AWS_PARENT, undefined, 20) },
      aws_imagebuilder_distribution_configuration: {
        base: { name: "base", distribution: [{}, {}] },
      },
    };
    expect(quantitiesOf(shared)).toEqual({ ...NONE, snapshots: 2 * (8 + 20) });
    const app = {
      aws_imagebuilder_image_recipe: { web: recipe("web", GOLDEN_PARENT, undefined) },
    };
    expect(quantitiesOf(shared, app)).toEqual({ ...NONE, snapshots: 2 * 28 + 28 });
    expect(quantitiesOf(app)).toEqual({ ...NONE, snapshots: 8 });
  });

  test("ends for a golden image with the name of its parent", () => {
    const own = recipe("amazon-linux-2023-x86", AWS_PARENT, undefined);
    expect(quantitiesOf({ aws_imagebuilder_image_recipe: { own } }).snapshots).toBe(8);
  });

  test("adds up to cents", () => {
    const alarms = { a: {}, b: {}, c: {} };
    const stacks = [{ resource: { aws_cloudwatch_metric_alarm: alarms, aws_kms_key: { k: {} } } }];
    expect(estimateCost(stacks).usd).toBe(1.3);
    expect(describeEstimate(estimateCost(stacks))).toBe(
      `Estimated cost a month, with list prices of us-east-1 as of 2026-11:
  1 KMS key                   $1.00
  3 metrics with an alarm     $0.30
  total                       $1.30
More builds, build instances, requests and logs cost extra. A KMS key costs $1
more after each of its first two yearly rotations. Prices of your Regions:
  https://aws.amazon.com/kms/pricing/
  https://aws.amazon.com/cloudwatch/pricing/`,
    );
  });
});
