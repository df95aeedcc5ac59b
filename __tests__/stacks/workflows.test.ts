import { DOCUMENT, type Raw } from "../../tools/fixtures/factory-file";
import { only, resources, statements, synth, type TerraformJson } from "../../tools/fixtures/synth";

const GATE = {
  tests: [
    { awsManaged: "test-image" },
    { document: "gate.yaml", parallelGroup: "late", onFailure: "abort" },
  ],
};
function withWorkflows(workflows: Raw, mutate: (f: Raw) => unknown = () => undefined) {
  return synth((f) => {
    f.images.base.workflows = workflows;
    mutate(f);
  });
}
function pipelineOf(json: ReturnType<typeof synth>) {
  return only(json["shared-eu-west-1"], "aws_imagebuilder_image_pipeline");
}
function managed(type: string, name: string) {
  return {
    workflow_arn: `arn:aws:imagebuilder:eu-west-1:aws:workflow/${type}/${name}/x.x.x`,
    parameter: [],
    ...(type === "test" && { on_failure: "ABORT" }),
  };
}

/** The managed policy of the deploy role for containers, workflows and parameters. */
function additionsOf(json: TerraformJson | undefined) {
  return resources(json, "aws_iam_policy").find(
    ({ name }) => name === "golden-image-factory-deploy-additions",
  );
}

test("an image without workflows has Image Builder's default workflows and its service-linked role", () => {
  const json = synth();
  const { workflow, execution_role } = pipelineOf(json);
  expect([workflow, execution_role]).toEqual([undefined, undefined]);
  expect(
    resources(json["shared-eu-west-1"], "aws_iam_role").map(({ name }) => name),
  ).not.toContainEqual(expect.stringContaining("execution"));
});

test("an image with some workflow types gets AWS's default workflows for the others", () => {
  expect(pipelineOf(withWorkflows({})).workflow).toEqual([
    managed("build", "build-image"),
    managed("test", "test-image"),
  ]);
  expect(
    pipelineOf(withWorkflows({}, (f) => (f.images.base.tests = { enabled: false }))).workflow,
  ).toEqual([managed("build", "build-image")]);
  expect(
    pipelineOf(withWorkflows({ distribution: { awsManaged: "distribute-image" } })).workflow,
  ).toEqual([
    managed("build", "build-image"),
    managed("test", "test-image"),
    managed("distribution", "distribute-image"),
  ]);
});

test("a pipeline says what happens when a test fails, for every test and for nothing else", () => {
  const workflows = {
    build: { awsManaged: "build-image" },
    tests: [
      { awsManaged: "test-image" },
      { document: "gate.yaml" },
      { awsManaged: "express-test-image", onFailure: "continue" },
    ],
    distribution: { awsManaged: "distribute-image" },
  };
  const onFailure = (json: ReturnType<typeof synth>) =>
    pipelineOf(json).workflow.map((workflow: Raw) => workflow.on_failure);
  expect(onFailure(withWorkflows(workflows))).toEqual([
    undefined,
    "ABORT",
    "ABORT",
    "CONTINUE",
    undefined,
  ]);
});

test("a workflow document becomes a workflow of the image, with the lock file's version", () => {
  const json = withWorkflows(GATE);
  expect(only(json["shared-eu-west-1"], "aws_imagebuilder_workflow")).toMatchObject({
    name: "base--gate",
    version: "1.0.0",
    type: "TEST",
    description: "A gate",
    data: expect.stringContaining("action: WaitForAction"),
    lifecycle: { create_before_destroy: true },
  });
  expect(pipelineOf(json).workflow[2]).toEqual({
    workflow_arn: expect.stringMatching(
      /^\$\{aws_imagebuilder_workflow\.images_base_pipeline_test-gate_\w+\.arn\}$/,
    ),
    parameter: [
      {
        name: "topicArn",
        value: "arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notifications",
      },
    ],
    parallel_group: "late",
    on_failure: "ABORT",
  });
});

test("a workflow document that runs twice with different parameters is one workflow", () => {
  const Machine = "arn:aws:states:eu-west-1:111111111111:stateMachine:b:PROD";
  const twice = [{ document: "gate.yaml" }, { document: "gate.yaml", parameters: { Machine } }];
  const json = withWorkflows({ tests: [{ awsManaged: "test-image" }, ...twice] });
  expect(resources(json["shared-eu-west-1"], "aws_imagebuilder_workflow")).toHaveLength(1);
  const [, , first, second] = pipelineOf(json).workflow;
  expect(first.workflow_arn).toBe(second.workflow_arn);
  expect(second.parameter).toContainEqual({ name: "Machine", value: Machine });
  const policy = resources(json["shared-eu-west-1"], "aws_iam_role_policy").find(
    ({ name }) => name === "workflows",
  );
  expect(statements(policy.policy)["FollowStateMachines"].Resource).toEqual(
    // The ARN of an execution doesn't contain the alias of its state machine.
    ["b", "check"].map((name) => `arn:aws:states:eu-west-1:111111111111:execution:${name}:*`),
  );
});

test.each([
  ["eu-west-1", "/golden/base", "arn:aws:ssm:*:111111111111:parameter/golden/base"],
  ["cn-north-1", "golden-base", "arn:aws-cn:ssm:*:111111111111:parameter/golden-base"],
])(
  "the execution role in %s lets a distribution workflow write the parameter %s in every Region",
  (region, name, arn) => {
    const distribution = `schemaVersion: 1.0
steps:
  - { name: Copy, action: DistributeImage }
  - name: Publish
    action: ApplyImageConfigurations
    inputs:
      distributedImages.$: $.stepOutputs.Copy.distributedImages
      configurations: [{ region: ${region}, ssmParameterConfigurations: [{ parameterName: ${name} }] }]
`;
    const json = synth(
      (f) => {
        f.state.region = region;
        f.sharedAccount.regions = { [region]: {} };
        f.images.base.workflows = { distribution: { document: "distribute.yaml" } };
        delete f.appAccounts;
      },
      { "agent.yaml": DOCUMENT, "distribute.yaml": distribution },
    )[`shared-${region}`];
    const policy = resources(json, "aws_iam_role_policy").find((one) => one.name === "workflows");
    expect(statements(policy.policy)["WriteParameters"].Resource).toEqual([arn]);
  },
);

test("a topic in a workflow's parameters replaces the factory's topic", () => {
  const parameters = {
    topicArn: "arn:aws:sns:eu-west-1:111111111111:approvals",
    Machine: "arn:aws:states:eu-west-1:111111111111:stateMachine:x",
  };
  const [, , gate] = pipelineOf(
    withWorkflows({ tests: [{ awsManaged: "test-image" }, { document: "gate.yaml", parameters }] }),
  ).workflow;
  expect(gate.parameter).toEqual(
    Object.entries(parameters).map(([name, value]) => ({ name, value })),
  );
});

test("the execution role has permissions for exactly the resources that workflow steps name", () => {
  const json = withWorkflows(GATE);
  expect(pipelineOf(json).execution_role).toMatch(
    /^\$\{aws_iam_role\.environment_execution-role_\w+\.arn\}$/,
  );
  const policy = resources(json["shared-eu-west-1"], "aws_iam_role_policy").find(
    ({ name }) => name === "workflows",
  );
  expect(statements(policy.policy)).toMatchObject({
    Publish: { Action: ["kms:Decrypt", "kms:GenerateDataKey"] },
    RunDocuments: {
      Action: "ssm:SendCommand",
      Resource: ["arn:aws:ssm:eu-west-1:111111111111:document/Harden"],
    },
    CallFunctions: {
      Action: "lambda:InvokeFunction",
      Resource: ["arn:aws:lambda:eu-west-1:111111111111:function:notify"],
    },
    StartStateMachines: { Resource: ["arn:aws:states:eu-west-1:111111111111:stateMachine:check"] },
    FollowStateMachines: { Resource: ["arn:aws:states:eu-west-1:111111111111:execution:check:*"] },
  });
  expect(Object.keys(statements(policy.policy))).not.toContain("WriteParameters");
});

test("the execution role lets AWS's workflows run the Systems Manager documents that they name", () => {
  const json = withWorkflows({ build: { awsManaged: "build-image-with-update-ssm-agent" } })[
    "shared-eu-west-1"
  ];
  const policy = resources(json, "aws_iam_role_policy").find(({ name }) => name === "workflows");
  expect(statements(policy.policy)["RunDocuments"].Resource).toEqual([
    "arn:aws:ssm:eu-west-1::document/AWS-UpdateSSMAgent",
  ]);
});

test.each([
  ["/golden/parent", ["arn:aws:ssm:eu-west-1:111111111111:parameter/golden/parent"]],
  ["golden-parent", ["arn:aws:ssm:eu-west-1:111111111111:parameter/golden-parent"]],
  ["/imagebuilder/parent", undefined],
  ["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", undefined],
])(
  "an execution role reads the parent's SSM parameter %s if Image Builder may not",
  (path, arns) => {
    const json = synth((f) => {
      f.images.base.parent = { ssm: path };
      f.images.base.rootVolume = { device: "/dev/xvda" };
    });
    const policy = resources(json["shared-eu-west-1"], "aws_iam_role_policy").find(
      ({ name }) => name === "workflows",
    );
    expect(policy && statements(policy.policy)["ReadParentParameters"]).toEqual(
      arns && {
        Sid: "ReadParentParameters",
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: arns,
      },
    );
  },
);

test.each([
  ["/golden/parent", "arn:aws:ssm:*:111111111111:parameter/golden/parent"],
  ["/aws/service/x", "arn:aws:ssm:*::parameter/aws/service/x"],
])("the deploy role of GitHub Actions reads the parent's SSM parameter %s", (path, arn) => {
  const json = synth((f) => {
    f.ci = { github: { repository: "acme/images" } };
    f.images.base.parent = { ssm: path };
    f.images.base.rootVolume = { device: "/dev/xvda" };
  })["state-shared"];
  const additions = additionsOf(json);
  expect(statements(additions.policy)["ReadParentParameters"].Resource).toEqual([arn]);
});

test("the execution role writes an SSM parameter outside /imagebuilder/ in each Region of the distribution", () => {
  const json = synth(
    (f) => (f.images.base.outputs = { parameter: "/golden/base", copyToRegions: ["us-east-1"] }),
  );
  const policy = resources(json["shared-eu-west-1"], "aws_iam_role_policy").find(
    ({ name }) => name === "workflows",
  );
  expect(statements(policy.policy)["WriteParameters"]).toMatchObject({
    Action: "ssm:PutParameter",
    Resource: ["eu-west-1", "us-east-1"].map(
      (region) => `arn:aws:ssm:${region}:111111111111:parameter/golden/base`,
    ),
  });
  expect(pipelineOf(json)).toMatchObject({
    execution_role: expect.stringContaining("execution-role"),
  });
  expect(pipelineOf(json).workflow).toBeUndefined();
  const withoutRole = synth((f) => (f.images.base.outputs = { parameter: "/imagebuilder/base" }));
  const policies = resources(withoutRole["shared-eu-west-1"], "aws_iam_role_policy");
  expect(policies.map(({ name }) => name)).toEqual(["logs", "rebuilder", "share-updater"]);
});

test("the image keys let the execution role use them, also in Regions of copies", () => {
  const json = synth((f) => {
    f.images.base.workflows = {};
    f.images.base.outputs = { copyToRegions: ["us-east-1"] };
  });
  for (const id of ["shared-eu-west-1", "shared-us-east-1"]) {
    const key = resources(json[id], "aws_kms_key").find(
      ({ description }) => description === "Images of the golden image factory",
    );
    expect(
      statements(key.policy)["ImageBuilderUse"].Condition.ArnEquals["aws:PrincipalArn"],
    ).toEqual([
      "arn:aws:iam::111111111111:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder",
      "arn:aws:iam::111111111111:role/golden-image-factory-execution-eu-west-1",
    ]);
  }
});

test("an image with a golden parent has its workflows in its own stack, and refers to the execution role by name", () => {
  const json = synth((f) => (f.images.web.workflows = GATE))["shared-eu-west-1-web"];
  expect(only(json, "aws_imagebuilder_workflow").name).toBe("web--gate");
  expect(only(json, "aws_imagebuilder_image_pipeline").execution_role).toBe(
    "arn:aws:iam::111111111111:role/golden-image-factory-execution-eu-west-1",
  );
});

test("the deploy role of GitHub Actions has a managed policy for workflows in accounts with workflows only", () => {
  const json = withWorkflows(GATE, (f) => (f.ci = { github: { repository: "acme/images" } }));
  expect(Object.keys(statements(additionsOf(json["state-shared"]).policy))).toEqual([
    "ManageWorkflows",
    "ManageExecutionRoles",
    "AttachExecutionPolicy",
    "PassExecutionRoles",
  ]);
  expect(additionsOf(json["state-payments"])).toBeUndefined();
});
